using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Puts stored values into words, as facts for a briefing.</summary>
internal static class KnownFacts
{
    /// <summary>The name of the fact that contains the lead's name.</summary>
    public const string Name = "name";

    /// <summary>
    /// Returns the fact for a stored field. The field's name is in camel case. The value is a string, a number (money, or months if the name
    /// ends with Duration), or an object: <c>{"min":600,"max":640}</c>, <c>{"has":true,"text":"…"}</c>, <c>{"text":"…"}</c>.
    /// </summary>
    public static KnownFact From(string field, JsonElement value) => new(ToWords(field), value.ValueKind switch
    {
        JsonValueKind.String => ToChoice(value.GetString()!),
        JsonValueKind.Number when field.EndsWith("Duration", StringComparison.Ordinal) => FormatMonths(value.GetDecimal()),
        JsonValueKind.Number => $"${FormatNumber(value.GetDecimal())}",
        JsonValueKind.Object => DescribeObject(value),
        _ => "",
    });

    private static string DescribeObject(JsonElement value)
    {
        if (value.TryGetProperty("min", out var min) && value.TryGetProperty("max", out var max))
        {
            return min.GetRawText() == max.GetRawText() ? min.GetRawText() : $"{min.GetRawText()} to {max.GetRawText()}";
        }

        if (value.TryGetProperty("has", out var has) && has.ValueKind == JsonValueKind.False)
        {
            return "none";
        }

        return value.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "yes";
    }

    private static string FormatMonths(decimal months) => (int)months switch
    {
        1 => "1 month",
        12 => "1 year",
        var all when all >= 12 && all % 12 == 0 => $"{FormatNumber(all / 12)} years",
        var all when all > 12 => $"{FormatNumber(all / 12)} {(all / 12 == 1 ? "year" : "years")} and {FormatNumber(all % 12)} {(all % 12 == 1 ? "month" : "months")}",
        var all => $"{FormatNumber(all)} months",
    };

    private static string FormatNumber(decimal number) => number.ToString("#,0.##", CultureInfo.InvariantCulture);

    // A choice such as full_time is one word of lower-case letters; other people's words stay as they are.
    private static string ToChoice(string text) =>
        text.Contains('_', StringComparison.Ordinal) && text.All(c => char.IsAsciiLetterLower(c) || c == '_') ? text.Replace('_', ' ') : text;

    private static string ToWords(string field)
    {
        var words = new StringBuilder();
        foreach (var letter in field)
        {
            if (char.IsUpper(letter) && words.Length > 0)
            {
                words.Append(' ');
            }

            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
