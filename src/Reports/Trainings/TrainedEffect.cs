using Interpret.Reports.Statistics;
using Interpret.Reports.Tables;

namespace Interpret.Reports.Trainings;

/// <summary>What one tuned model shows of an effect that a table is about. Positive: in the paper's direction, where it has one.</summary>
/// <param name="Table">The table and the difference, such as <c>Table 2: tuned - parent</c>.</param>
/// <param name="Group">The table's row.</param>
/// <param name="Model">The tuned model.</param>
/// <param name="Cases">What the difference was measured over.</param>
/// <param name="Difference">The difference.</param>
/// <param name="Error">Its standard error over the cases; NaN where there are too few.</param>
/// <param name="Interval">Its 95 % interval over the cases.</param>
/// <param name="P">Two-sided p of the table's test.</param>
public sealed record TrainedEffect(
    string Table, string Group, string Model, int Cases, double Difference, double Error, (double Low, double High) Interval, double P)
{
    /// <summary>A row of Table 1: how much more followed responses lean on the instruction.</summary>
    public static TrainedEffect Of(string model, Table1Row row) =>
        Reversed("Table 1: followed − unfollowed", row.Group, model, (int)row.Count, row.Test);

    /// <summary>A row of Table 2: how much more the tuned model leans on the instruction, prompt by prompt.</summary>
    public static TrainedEffect Of(string model, Table2Row row) => Reversed("Table 2: tuned − parent", row.Group, model, row.Differences.Count, row.Paired);

    /// <summary>A row of Table 3: how much oftener tuning raises verbs of instructions than general ones.</summary>
    public static TrainedEffect Of(string model, Table3Row row)
    {
        var test = row.Test;
        return new(
            "Table 3: instruction − general", row.Layers, model, row.Instruction.Count + row.General.Count, test.Difference, test.Error, test.Interval,
            test.TwoSided);
    }

    /// <summary>A row of Table 5: how much more of the concepts are of the category after tuning; its cases are the passes.</summary>
    public static TrainedEffect Of(string model, Table5Row row) =>
        Reversed("Table 5: tuned − parent", row.Category.Name, model, row.Base.Shares.Count + row.Tuned.Shares.Count, row.Test);

    private static TrainedEffect Reversed(string table, string group, string model, int cases, TTest test)
    {
        var (low, high) = test.Interval;
        return new(table, group, model, cases, -test.Difference, test.Error, (-high, -low), test.TwoSided);
    }
}
