using System.Globalization;
using System.Runtime.InteropServices;
using Interpret.Contracts;
using Interpret.Exchange.Text;
using Interpret.Models.Pickles;

namespace Interpret.Exchange.Originals;

/// <summary>
/// The original's attribution files: one pickled dictionary a case with the keys ID, Input, Reference, Output and Explain, the last a float32
/// array of (input tokens, output tokens) in Fortran order, because it is a transpose. A case without output holds a float64 array of shape (0,).
/// </summary>
public static class AttributionPickle
{
    /// <summary>Types of scores, by NumPy's names; all become float32.</summary>
    private static readonly string[] Floats = ["<f4", "<f8", "<f2", ">f4", ">f8", ">f2"];

    private static readonly string[] Keys = ["ID", "Input", "Reference", "Output", "Explain"];

    /// <summary>Reads one case; other keys are passed over.</summary>
    /// <param name="stream">The pickle, read to its end.</param>
    /// <param name="source">The file, for messages.</param>
    /// <exception cref="BadInputException">
    /// Class <c>pickle-global</c> or <c>pickle-malformed</c> as of <see cref="PickleReader"/>; class <c>attribution-file</c> when a key is
    /// missing, of another type, or the array does not fit the tokens.
    /// </exception>
    public static PublishedAttribution Read(Stream stream, string source)
    {
        var root = PickleReader.Read(stream, NumpyGlobals.Allowed, source);
        if (root is not PickleMap map)
            throw Unfit(source, null, "a dictionary with ID, Input, Reference, Output and Explain", PickleValues.Describe(root));

        var (input, output) = (Pieces(map, "Input", source), Pieces(map, "Output", source));
        return new(Id(map, source), input, output, Text(map, "Reference", source), Scores(map, input.Length, output.Length, source)) { Ignored = Others(map) };
    }

    /// <summary>Keys that others write beside those that are known.</summary>
    private static IReadOnlyList<string> Others(PickleMap map)
    {
        var others = new IgnoredKeys();
        foreach (var (key, _) in map.Entries)
        {
            if (key is not string name) others.Add(PickleValues.Describe(key));
            else if (!Keys.Contains(name)) others.Add(name);
        }

        return others.Names;
    }

    /// <summary>Writes one case byte for byte as Python's pickle (protocol 4) and NumPy 1 write the original's.</summary>
    /// <exception cref="ArgumentException">The scores are not input x output tokens.</exception>
    public static void Write(Stream stream, PublishedAttribution attribution)
    {
        var (n, m) = (attribution.Rows, attribution.Columns);
        if (attribution.Scores.Length != n * m)
            throw new ArgumentException($"{attribution.Id}: {attribution.Scores.Length} scores for {n} x {m} tokens", nameof(attribution));

        var pickle = new PickleWriter();
        pickle.BeginMap();
        pickle.Text("ID");
        pickle.Text(attribution.Id);
        pickle.Text("Input");
        pickle.TextList(attribution.Input);
        pickle.Text("Reference");
        pickle.Text(attribution.Reference);
        pickle.Text("Output");
        pickle.TextList(attribution.Output);
        pickle.Text("Explain");
        if (m == 0) pickle.Array([0], "f8", isFortranOrder: false, []);
        else pickle.Array([n, m], "f4", isFortranOrder: n > 1 && m > 1, MemoryMarshal.AsBytes<float>(Transposed(attribution.Scores, n, m)));
        pickle.EndMap();
        pickle.WriteTo(stream);
    }

    private static float[] Scores(PickleMap map, int n, int m, string source)
    {
        var value = Value(map, "Explain", source);
        if (value is not NumpyArray array) throw Unfit(source, "Explain", "a NumPy array", PickleValues.Describe(value));
        var found = $"{array.DType} of shape ({string.Join(", ", array.Shape)})";
        if (m == 0)
        {
            return array.Data.IsEmpty && array.DType.Length > 0 ? [] : throw Unfit(source, "Explain", "an empty array for an empty output", found);
        }

        if (!Floats.Contains(array.DType) || array.Shape is not [var rows, var columns] || rows != n || columns != m)
            throw Unfit(source, "Explain", $"floats of shape ({n}, {m}), input by output tokens", found);
        var values = array.Singles();
        var scores = array.IsFortranOrder ? Transposed(values, m, n) : values;
        for (var i = 0; i < scores.Length; i++)
        {
            if (!float.IsFinite(scores[i]))
                throw new BadInputException(
                    ErrorClasses.NotFinite, source, $"Explain[{i / m}, {i % m}]", "a finite score", scores[i].ToString(CultureInfo.InvariantCulture));
        }

        return scores;
    }

    /// <summary>(rows, columns) row-major to (columns, rows) row-major.</summary>
    private static float[] Transposed(ReadOnlySpan<float> values, int rows, int columns)
    {
        var transposed = new float[values.Length];
        for (var r = 0; r < rows; r++)
        {
            var row = values.Slice(r * columns, columns);
            for (var c = 0; c < row.Length; c++) transposed[(c * rows) + r] = row[c];
        }

        return transposed;
    }

    private static string[] Pieces(PickleMap map, string key, string source)
    {
        var value = Value(map, key, source);
        if (value is not PickleList list) throw Unfit(source, key, "a list of tokens", PickleValues.Describe(value));
        for (var i = 0; i < list.Items.Count; i++)
        {
            if (list.Items[i] is not string text) throw Unfit(source, $"{key}[{i}]", "a token's text", PickleValues.Describe(list.Items[i]));
            if (StorableText.Flaw(text) is { } flaw) throw new BadInputException(ErrorClasses.BadText, source, $"{key}[{i}]", StorableText.Expected, flaw);
        }

        return [.. list.Items.Cast<string>()];
    }

    /// <summary>A case's id; programs that count their cases write a number.</summary>
    private static string Id(PickleMap map, string source) => Value(map, "ID", source) switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        var other => throw Unfit(source, "ID", "a text or a whole number", PickleValues.Describe(other)),
    };

    private static string Text(PickleMap map, string key, string source)
    {
        var value = Value(map, key, source);
        return value as string ?? throw Unfit(source, key, "a text", PickleValues.Describe(value));
    }

    private static object? Value(PickleMap map, string key, string source) =>
        map.TryGet(key, out var value) ? value : throw Unfit(source, null, $"the key {key}", "none");

    private static BadInputException Unfit(string source, string? where, string expected, string found) =>
        new(ErrorClasses.AttributionFile, source, where, expected, found);
}
