using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Interpret.Contracts;

/// <summary>One of several kinds of a thing: a family, a stage, a report, a format.</summary>
public interface IKind
{
    /// <summary>Its name, in files, rows and commands.</summary>
    string Name { get; }
}

/// <summary>All kinds of a thing, in the order in which they are shown.</summary>
/// <typeparam name="T">What they are.</typeparam>
public sealed class Kinds<T> : IReadOnlyList<T>
    where T : class, IKind
{
    private readonly string what;
    private readonly IReadOnlyList<T> all;

    /// <param name="what">What one of them is called, such as <c>report</c>; <c>what-unknown</c> is the error class of a name that none has.</param>
    /// <param name="all">The kinds.</param>
    /// <exception cref="InvalidOperationException">Two have one name.</exception>
    public Kinds(string what, params IReadOnlyList<T> all)
    {
        (this.what, this.all) = (what, all);
        if (all.GroupBy(kind => kind.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidOperationException($"two kinds of {what} are called {twice.Key}: {string.Join(", ", twice.Select(kind => kind.GetType()))}");
    }

    public int Count => all.Count;

    /// <summary>Their names, in order.</summary>
    public IEnumerable<string> Names => all.Select(kind => kind.Name);

    public T this[int index] => all[index];

    /// <summary>The kind of a name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="source">Where the name stands: the file, study or option.</param>
    /// <param name="where">The place there.</param>
    /// <exception cref="BadInputException"><c>what-unknown</c>: none is called so; names the nearest and all.</exception>
    public T Named(string name, string source, string? where = null) => TryGet(name, out var kind)
        ? kind
        : throw new BadInputException(
            $"{what}-unknown", source, where, $"a {what}, such as \"{EditDistance.Nearest(name, Names)}\"", $"\"{name}\"",
            $"Known: {string.Join(", ", Names)}");

    public bool TryGet(string name, [NotNullWhen(true)] out T? kind) => (kind = all.FirstOrDefault(one => one.Name == name)) is not null;

    public IEnumerator<T> GetEnumerator() => all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
