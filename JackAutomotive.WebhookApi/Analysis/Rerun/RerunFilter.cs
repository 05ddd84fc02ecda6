using System.Text.Json;
using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Analysis.Rerun;

/// <summary>
/// Which conversations are to be analysed again. All criteria must hold. A criterion that is left out holds for every conversation.
/// <code>{"notVersion": "1.1", "channel": "voice", "endedFrom": "2026-11-01T00:00:00Z", "limit": 500}</code>
/// </summary>
internal sealed record RerunFilter
{
    /// <summary>The maximum number of conversations of one call; also the default.</summary>
    internal const int MaxLimit = 1000;

    private const int MaxTextLength = 200;

    /// <summary>Only conversations of this lead.</summary>
    public LeadId? Lead { get; private init; }

    /// <summary>Only this conversation.</summary>
    public string? ConversationId { get; private init; }

    /// <summary>One of <see cref="AnalysisKind"/>.</summary>
    public string? Kind { get; private init; }

    /// <summary>Only analyses of this engine.</summary>
    public string? Engine { get; private init; }

    /// <summary>Only analyses of another version.</summary>
    public string? NotVersion { get; private init; }

    /// <summary>Only analyses that the rules made in place of a model (true), or only others (false).</summary>
    public bool? Fallback { get; private init; }

    /// <summary>If true: only conversations whose analysis failed. If null, only conversations with an analysis.</summary>
    public bool Failed { get; private init; }

    /// <summary>If true: only calls that were never analysed, such as those from before the analysis existed.</summary>
    public bool Missing { get; private init; }

    /// <summary>Only conversations that ended at this time or later.</summary>
    public DateTimeOffset? EndedFrom { get; private init; }

    /// <summary>Only conversations that ended before this time.</summary>
    public DateTimeOffset? EndedTo { get; private init; }

    /// <summary>Only analyses older than this one, from the answer of the previous call.</summary>
    public Guid? After { get; private init; }

    /// <summary>The maximum number of conversations.</summary>
    public int Limit { get; private init; } = MaxLimit;

    /// <summary>Reads a filter. Unknown fields are errors, because a criterion with a typing error would select more.</summary>
    public static RerunFilter Read(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var filter = new RerunFilter();
        errors = [];
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["It must be a JSON object of criteria."];
            return filter;
        }

        var criteria = 0;
        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            if (filter.With(name, value) is { } next)
            {
                filter = next;
                criteria += name is "limit" or "after" ? 0 : 1;
            }
            else
            {
                errors[name] = [DescribeRule(name)];
            }
        }

        if (errors.Count == 0 && criteria == 0)
        {
            errors["body"] = ["Give at least one criterion besides limit and after, so that nobody analyses everything again by mistake."];
        }
        else if (errors.Count == 0 && (filter.Failed || filter.Missing) && criteria > 1)
        {
            errors[filter.Failed ? "failed" : "missing"] = ["It must be the only criterion besides limit."];
        }

        return filter;
    }

    private RerunFilter? With(string name, JsonElement value)
    {
        var text = RequestJson.TextOrNull(value) is { Length: > 0 and <= MaxTextLength } given && !given.Contains('\0') ? given : null;
        bool? flag = value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;
        DateTimeOffset? time = text is not null && Rfc3339.TryParse(text, out var parsed) ? parsed : null;
        return name switch
        {
            "leadId" when LeadId.TryParse(text, null, out var lead) => this with { Lead = lead },
            "conversationId" when text is not null => this with { ConversationId = text },
            "channel" when text == "voice" => this with { Kind = AnalysisKind.Call },
            "channel" when text == "sms" => this with { Kind = AnalysisKind.Texts },
            "engine" when text is not null => this with { Engine = text },
            "notVersion" when text is not null => this with { NotVersion = text },
            "fallback" when flag is not null => this with { Fallback = flag },
            "failed" when flag is true => this with { Failed = true },
            "missing" when flag is true => this with { Missing = true },
            "endedFrom" when time is not null => this with { EndedFrom = time },
            "endedTo" when time is not null => this with { EndedTo = time },
            "after" when Guid.TryParse(text, out var id) => this with { After = id },
            "limit" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var limit) && limit is >= 1 and <= MaxLimit =>
                this with { Limit = limit },
            _ => null,
        };
    }

    private static string DescribeRule(string name) => name switch
    {
        "leadId" => "It must be a lead's id.",
        "conversationId" => "It must be a conversation's id.",
        "channel" => "It must be 'voice' or 'sms'.",
        "engine" => "It must be the name of an engine, such as 'rules'.",
        "notVersion" => "It must be a version. Analyses of every other version are repeated.",
        "fallback" => "It must be true (the rules stood in for the model) or false.",
        "failed" => "It must be true: the conversations whose analysis failed.",
        "missing" => "It must be true: the calls that were never analysed.",
        "endedFrom" or "endedTo" => "It must be a time with an offset, such as 2026-11-23T12:00:00Z.",
        "after" => "It must be the id that the previous answer gave as next.",
        "limit" => $"It must be a number from 1 to {MaxLimit}.",
        _ => "There is no such criterion. The criteria are leadId, conversationId, channel, engine, notVersion, fallback, endedFrom and endedTo, "
            + "or failed, or missing; with limit and after.",
    };
}
