using System.Data.Common;
using Interpret.Reports.Tables;
using Interpret.Storage;
using Microsoft.EntityFrameworkCore;

namespace Interpret.Reports;

/// <summary>
/// Counts the annotations of a model in the database, so that half a million of them come back as a few thousand numbers. The statements are
/// the same for both databases. Lower case is that of ASCII, which finds the same answers as Unicode's: no other letter becomes one that a
/// category's name holds.
/// </summary>
internal sealed class AnnotationCounts(InterpretContext context, string study, string model, bool rehearsal)
{
    private const string Rows = """FROM "annotations" WHERE "StudyId" = @study AND "Model" = @model AND "Rehearsal" = @rehearsal AND "Rank" <= @ranks""";

    private static readonly LabelQuestion[] Questions = Enum.GetValues<LabelQuestion>();

    /// <summary>Answers by question, then those in each category.</summary>
    private static readonly string Sums = string.Join(
        ", ", Questions.Select(question => $"COUNT({Column(question)})").Concat(LabelCategory.All.Select(category => $"SUM(CASE WHEN {Holds(category)} THEN 1 ELSE 0 END)")));

    /// <summary>All that tables and figures need of the model.</summary>
    public async Task<ModelLabels> CountAsync(CancellationToken cancel)
    {
        var layers = new List<LabelCounts>();
        await ReadAsync($"""SELECT {Sums}, "Pass", "Layer" {Rows} GROUP BY "Pass", "Layer" """, row => layers.Add(new LabelCounts(Whole(row, ^2), Whole(row, ^1), Asked(row), Counts(row))), cancel);
        var passes = layers.Select(layer => layer.Pass).Distinct().Count();
        return new([.. layers.OrderBy(layer => layer.Pass).ThenBy(layer => layer.Layer)], await VotesAsync(passes, cancel));
    }

    private async Task<Dictionary<LabelCategory, IReadOnlyList<long>>> VotesAsync(int passes, CancellationToken cancel)
    {
        var votes = LabelCategory.All.ToDictionary(category => category, _ => new long[passes + 1]);
        await ReadAsync(
            $"""SELECT {Sums} {Rows} GROUP BY "Layer", "Rank" """,
            row =>
            {
                var (asked, counts) = (Asked(row), Counts(row));
                foreach (var (category, held) in counts)
                {
                    if (asked[category.Question] == passes) votes[category][held]++;
                }
            },
            cancel);
        return votes.ToDictionary(category => category.Key, category => (IReadOnlyList<long>)category.Value);
    }

    private static Dictionary<LabelQuestion, long> Asked(DbDataReader row) => Questions.Select((question, i) => (question, row.GetInt64(i))).ToDictionary();

    private static Dictionary<LabelCategory, long> Counts(DbDataReader row) => LabelCategory.All.Select((category, i) => (category, row.GetInt64(Questions.Length + i))).ToDictionary();

    private static int Whole(DbDataReader row, Index column) => row.GetInt32(column.GetOffset(row.FieldCount));

    private static string Column(LabelQuestion question) => question switch
    {
        LabelQuestion.Task => "\"TaskText\"",
        LabelQuestion.Linguistic => "\"LinguisticText\"",
        _ => "\"Summary\"",
    };

    private static string Holds(LabelCategory category) =>
        category == LabelCategory.Uninterpretable ? "NOT \"Interpretable\"" : $"lower({Column(category.Question)}) LIKE '%{category.Name}%'";

    private async Task ReadAsync(string query, Action<DbDataReader> read, CancellationToken cancel)
    {
        await context.Database.OpenConnectionAsync(cancel);
        try
        {
            await using var command = context.Database.GetDbConnection().CreateCommand();
            command.CommandText = query; // names and categories only; values are parameters
            foreach (var (name, value) in new (string, object)[] { ("study", study), ("model", model), ("rehearsal", rehearsal), ("ranks", Table5.Ranks) })
            {
                var parameter = command.CreateParameter();
                (parameter.ParameterName, parameter.Value) = (name, value);
                command.Parameters.Add(parameter);
            }

            await using var rows = await command.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel)) read(rows);
        }
        finally
        {
            await context.Database.CloseConnectionAsync();
        }
    }
}
