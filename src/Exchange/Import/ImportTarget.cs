
namespace Interpret.Exchange.Import;

/// <summary>As what explanations made elsewhere come into the database.</summary>
/// <param name="Study">The study; made where there is none.</param>
/// <param name="Model">The model's name; the model is added where the study has none of that name.</param>
/// <param name="Role">Its role in the study.</param>
/// <param name="Size">Its size, e.g. <c>7B</c>; null where nobody says.</param>
public sealed record ImportTarget(string Study, string Model, string Role, string? Size)
{
    /// <summary>For a tuned model: the model that it is compared with; null: the study's first base.</summary>
    public string? Parent { get; init; }

    /// <summary>For a tuned model: how it was trained; models of one training and one parent differ by chance alone. Null: nobody says.</summary>
    public string? Training { get; init; }
}
