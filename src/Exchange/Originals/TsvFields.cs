using System.Globalization;
using Interpret.Contracts;
using Interpret.Exchange.Text;

namespace Interpret.Exchange.Originals;

/// <summary>
/// The fields of a table's row, read one after the other. What is wrong with the first bad one is kept in <see cref="Flaw"/> and the row is then not
/// used; reading goes on with values that do no harm.
/// </summary>
internal sealed class TsvFields(string[] fields)
{
    /// <summary>What is wrong with the row; null: nothing so far.</summary>
    public RowFlaw? Flaw { get; private set; }

    public string this[int column] => fields[column];

    /// <summary>A model's name.</summary>
    public string Model(int column)
    {
        if (fields[column].Length == 0) Refuse(ErrorClasses.NoModel, "a model's name", "none");
        return fields[column];
    }

    public int Whole(string name, int column, int least)
    {
        if (int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least) return number;
        Refuse(ErrorClasses.BadNumber, $"{name}: a whole number from {least}", Quoted.Of(fields[column]));
        return least;
    }

    public double Score(int column)
    {
        if (double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)) return score;
        Refuse(ErrorClasses.BadNumber, "Score: a finite number", Quoted.Of(fields[column]));
        return 0;
    }

    /// <summary>A column that holds the same in every row.</summary>
    public void Require(string name, int column, string expected)
    {
        if (fields[column] != expected) Refuse($"wrong-{name.ToLowerInvariant()}", $"{name} {expected}", Quoted.Of(fields[column]));
    }

    public void Refuse(string errorClass, string expected, string found) => Flaw ??= new RowFlaw(errorClass, expected, found);
}
