using System.Text.Json;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary>
/// What a person writes in a note, or changes of it. A field that is left out stays as it is:
/// <code>{"text": "Prefers the blue one.", "pinned": true}</code>
/// </summary>
/// <param name="Text">The words.</param>
/// <param name="IsPinned">Whether the note is shown first.</param>
internal sealed record NoteChange(string? Text, bool? IsPinned)
{
    private const int MaxLength = 4000;

    /// <summary>Reads a new note, which must have a text.</summary>
    public static NoteChange ReadNew(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var note = Read(body, out errors);
        if (errors.Count == 0 && note.Text is null)
        {
            errors["text"] = [DescribeRule("text")];
        }

        return note;
    }

    /// <summary>Reads a change. Unknown fields are errors, because a field with a typing error would otherwise change nothing silently.</summary>
    public static NoteChange Read(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var change = new NoteChange(null, null);
        errors = [];
        if (body.ValueKind != JsonValueKind.Object || body.GetPropertyCount() == 0)
        {
            errors["body"] = ["It must be a JSON object with text or pinned."];
            return change;
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            switch (name)
            {
                case "text" when ReadText(value) is { } text:
                    change = change with { Text = text };
                    break;
                case "pinned" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    change = change with { IsPinned = value.GetBoolean() };
                    break;
                default:
                    errors[name] = [DescribeRule(name)];
                    break;
            }
        }

        return change;
    }

    private static string? ReadText(JsonElement value) =>
        RequestJson.TextOrNull(value) is { Length: <= MaxLength } text && PlainText.Clean(text) == text && !string.IsNullOrWhiteSpace(text)
            ? text.Trim()
            : null;

    private static string DescribeRule(string field) => field switch
    {
        "text" => $"It must be a text of 1 to {MaxLength} characters.",
        "pinned" => "It must be true or false.",
        _ => "There is no such field. The fields are text and pinned.",
    };
}
