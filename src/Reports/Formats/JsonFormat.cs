using System.Text;
using System.Text.Json;

namespace Interpret.Reports.Formats;

/// <summary>A JSON array with an object per row; columns with parts are arrays, numbers have full digits, missing ones are null.</summary>
public sealed class JsonFormat : IReportFormat
{
    public string Name => "json";
    public string Extension => "json";
    public string MediaType => "application/json";

    public string Render(ReportTable table)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (var row in table.Rows)
            {
                json.WriteStartObject();
                for (var i = 0; i < row.Count; i++) Write(json, table.Columns[i], row[i]);
                if (table.Rehearsal) json.WriteBoolean(ReportTable.RehearsalKey, true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n";
    }

    /// <summary>An object with a member per report.</summary>
    public string Join(IEnumerable<(string Report, string Text)> tables) =>
        $"{{\n{string.Join(",\n", tables.Select(table => $"\"{table.Report}\": {table.Text.TrimEnd('\n')}"))}\n}}";

    private static void Write(Utf8JsonWriter json, ReportColumn column, ReportCell cell)
    {
        json.WritePropertyName(column.Key);
        if (cell.Text is { } text)
        {
            json.WriteStringValue(text);
            return;
        }

        if (column.Parts.Count > 0) json.WriteStartArray();
        foreach (var value in cell.Values)
        {
            if (double.IsFinite(value)) json.WriteNumberValue(value);
            else json.WriteNullValue();
        }

        if (column.Parts.Count > 0) json.WriteEndArray();
    }
}
