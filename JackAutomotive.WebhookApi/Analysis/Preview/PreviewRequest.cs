using System.Globalization;
using System.Text.Json;
using JackAutomotive.Analysis;
using NodaTime;

namespace JackAutomotive.WebhookApi.Analysis.Preview;

/// <summary>
/// Reads a conversation that a caller hands over:
/// <code>
/// {"turns": [{"role": "user", "text": "Call me Tuesday after five", "offsetSeconds": 2.5, "channel": "voice"}],
///  "timeZone": "America/Chicago", "startedAt": "2026-11-23T12:00:00Z"}
/// </code>
/// </summary>
internal sealed class PreviewRequest
{
    /// <summary>The maximum number of turns.</summary>
    internal const int MaxTurns = 2_000;

    /// <summary>The maximum number of characters (UTF-16 code units) of all turns together.</summary>
    internal const int MaxCharacters = 200_000;

    /// <summary>The maximum length of the request in bytes. A character takes at most six bytes as a JSON escape.</summary>
    internal const int MaxBytes = 2 * 1024 * 1024;

    private const int MaxErrors = 20;
    private const double MaxOffsetSeconds = 10 * 366 * 86_400.0;
    private const string TooFewTurns = "It must be a list of 1 to 2000 turns, each with role, text and offsetSeconds.";
    private const string NotUnicode = "It holds half of a surrogate pair (such as \\ud83d without its second half). Send valid Unicode.";

    private static readonly (DateTimeOffset From, DateTimeOffset To) s_times =
        (new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly Dictionary<string, string[]> _errors = [];

    private PreviewRequest()
    {
    }

    /// <summary>Reads the conversation. Returns null, with an error for each wrong field, if a field is wrong.</summary>
    public static Transcript? Read(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var request = new PreviewRequest();
        var transcript = request.ReadTranscript(body);
        errors = request._errors;
        return errors.Count == 0 ? transcript : null;
    }

    private Transcript? ReadTranscript(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            AddError("body", "It must be a JSON object with turns, timeZone and startedAt.");
            return null;
        }

        var turns = ReadTurns(Field(body, "turns"));
        var zone = ReadTimeZone(Field(body, "timeZone"));
        var startedAt = ReadStart(Field(body, "startedAt"));
        return turns is null || zone is null || startedAt is null ? null : new Transcript(turns, startedAt.Value, zone);
    }

    private List<Turn>? ReadTurns(JsonElement? value)
    {
        if (value is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            AddError("turns", TooFewTurns);
            return null;
        }

        if (list.GetArrayLength() > MaxTurns)
        {
            AddError("turns", $"It has {list.GetArrayLength()} turns. At most {MaxTurns} are analysed at once.");
            return null;
        }

        var turns = new List<Turn>(list.GetArrayLength());
        var (characters, previousOffset) = (0L, 0.0);
        foreach (var item in list.EnumerateArray())
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"turns[{turns.Count}]");
            var turn = ReadTurn(item, name, previousOffset);
            characters += turn.Text.Length;
            previousOffset = Math.Max(previousOffset, turn.OffsetSeconds);
            turns.Add(turn);
        }

        if (characters > MaxCharacters)
        {
            AddError("turns", $"The turns have {characters} characters together. At most {MaxCharacters} are analysed at once.");
        }

        return turns;
    }

    private Turn ReadTurn(JsonElement item, string name, double previousOffset)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            AddError(name, "It must be a JSON object with role, text and offsetSeconds.");
            return new Turn(TurnRole.User, "", previousOffset);
        }

        return new Turn(
            ReadRole(Field(item, "role"), $"{name}.role"),
            ReadText(Field(item, "text"), $"{name}.text"),
            ReadOffset(Field(item, "offsetSeconds"), $"{name}.offsetSeconds", previousOffset),
            ReadChannel(Field(item, "channel"), $"{name}.channel"));
    }

    private TurnRole ReadRole(JsonElement? value, string name)
    {
        switch (TextOrNull(value))
        {
            case "user":
                return TurnRole.User;
            case "agent":
                return TurnRole.Agent;
            default:
                AddError(name, "It must be 'user' (the customer) or 'agent' (the dealership).");
                return TurnRole.User;
        }
    }

    private TurnChannel ReadChannel(JsonElement? value, string name)
    {
        switch (value is null or { ValueKind: JsonValueKind.Null } ? "voice" : TextOrNull(value))
        {
            case "voice":
                return TurnChannel.Voice;
            case "sms":
                return TurnChannel.Sms;
            default:
                AddError(name, "It must be 'voice' or 'sms', or left out for 'voice'.");
                return TurnChannel.Voice;
        }
    }

    private string ReadText(JsonElement? value, string name)
    {
        if (TextOrNull(value) is { } text)
        {
            return text;
        }

        AddError(name, value is { ValueKind: JsonValueKind.String } ? NotUnicode : "It must be a text: the words of the turn.");
        return "";
    }

    private double ReadOffset(JsonElement? value, string name, double previousOffset)
    {
        if (value is not { ValueKind: JsonValueKind.Number } number || !number.TryGetDouble(out var offset) || !double.IsFinite(offset))
        {
            AddError(name, "It must be a number: the seconds from startedAt to the turn.");
        }
        else if (offset is < 0 or > MaxOffsetSeconds)
        {
            AddError(name, "It must be 0 or more, and at most ten years.");
        }
        else if (offset < previousOffset)
        {
            AddError(name, string.Create(CultureInfo.InvariantCulture, $"It must not be less than {previousOffset}, the offset of an earlier turn."));
        }
        else
        {
            return offset;
        }

        return previousOffset;
    }

    private DateTimeZone? ReadTimeZone(JsonElement? value)
    {
        if (TextOrNull(value) is { } id && DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is { } zone)
        {
            return zone;
        }

        AddError("timeZone", "It must be the IANA name of the customer's time zone, such as America/Chicago.");
        return null;
    }

    private DateTimeOffset? ReadStart(JsonElement? value)
    {
        if (TextOrNull(value) is { } text && Rfc3339.TryParse(text, out var time) && time >= s_times.From && time < s_times.To)
        {
            return time;
        }

        AddError("startedAt", "It must be a time with an offset from 1970 to 2199, such as 2026-11-23T12:00:00Z.");
        return null;
    }

    private void AddError(string name, string rule)
    {
        if (_errors.Count < MaxErrors)
        {
            _errors.TryAdd(name, [rule]);
        }
    }

    private static string? TextOrNull(JsonElement? value) => value is { } json ? RequestJson.TextOrNull(json) : null;

    private static JsonElement? Field(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value : null;
}
