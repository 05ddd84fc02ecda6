using System.Globalization;
using System.Text;
using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>
/// The variables that the agent receives before it speaks. Every variable is always present, because a call fails if the agent uses a
/// missing variable. An unknown value is an empty string. The provider reserves the names that begin with <c>system__</c>.
/// </summary>
internal sealed record ConversationVariables
{
    public required string DealershipName { get; init; }

    public required string AgentName { get; init; }

    /// <summary>Whether the caller's phone number or other address belongs to a lead.</summary>
    public bool IsKnownCaller { get; init; }

    public string LeadId { get; init; } = "";

    public string LeadName { get; init; } = "";

    /// <summary>The number of texts in both directions, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long TextCount { get; init; }

    /// <summary>The number of finished conversations, up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long CallCount { get; init; }

    /// <summary>The number of texts and calls so far, in words.</summary>
    public string ChannelHistory { get; init; } = "";

    /// <summary>The newest text or call, in words, with its date.</summary>
    public string LastContact { get; init; } = "";

    /// <summary>The provider's summary of the newest conversation that has a summary.</summary>
    public string LastConversationSummary { get; init; } = "";

    /// <summary>The newest texts, oldest first, one per line.</summary>
    public string RecentMessages { get; init; } = "";

    /// <summary>The known facts about the lead.</summary>
    public string KnownFacts { get; init; } = "";

    /// <summary>The facts that the agent need not ask for, separated by commas.</summary>
    public string DoNotAsk { get; init; } = "";
}

/// <summary>What is known about a lead when a conversation starts.</summary>
/// <param name="Lead">The lead's id.</param>
/// <param name="Name">The lead's name, or null if the name is not known.</param>
/// <param name="TextCount">The number of texts in both directions.</param>
/// <param name="CallCount">The number of finished conversations.</param>
/// <param name="LastCallAt">When the newest conversation started.</param>
/// <param name="LastSummary">The summary of the newest conversation that has a summary.</param>
/// <param name="Texts">The newest texts, oldest first.</param>
/// <param name="HasPhone">Whether the lead's phone number is known.</param>
internal sealed record KnownLead(
    LeadId Lead,
    string? Name,
    long TextCount,
    long CallCount,
    DateTimeOffset? LastCallAt,
    string? LastSummary,
    IReadOnlyList<KnownText> Texts,
    bool HasPhone = true);

/// <summary>A text to or from a lead.</summary>
internal sealed record KnownText(bool IsFromLead, string Body, DateTimeOffset At);

/// <summary>
/// Describes in words what the agent needs to know. The same state always yields the same words, so nothing here depends on the current
/// time. The length of each value is limited, and all values together take about 1,000 tokens.
/// </summary>
internal static class ConversationBriefing
{
    private const int MaxNameLength = 100;
    private const int MaxSummaryLength = 1500;
    private const int MaxTextLength = 250;

    /// <summary>Returns the variables for a lead. A null lead yields the variables for an unknown caller.</summary>
    public static ConversationVariables Build(KnownLead? lead, ConversationsOptions options)
    {
        var variables = new ConversationVariables { DealershipName = options.DealershipName, AgentName = options.AgentName };
        if (lead is null)
        {
            return variables;
        }

        var name = Sanitize(lead.Name, MaxNameLength);
        return variables with
        {
            IsKnownCaller = true,
            LeadId = lead.Lead.ToString(),
            LeadName = name,
            TextCount = lead.TextCount,
            CallCount = lead.CallCount,
            ChannelHistory = $"So far: {FormatCount(lead.TextCount, "text")}, {FormatCount(lead.CallCount, "call")}.",
            LastContact = DescribeLastContact(lead),
            LastConversationSummary = Sanitize(lead.LastSummary, MaxSummaryLength),
            RecentMessages = string.Join('\n', lead.Texts.Select(FormatText)),
            KnownFacts = name.Length == 0 ? "" : $"Name: {name}.",
            DoNotAsk = string.Join(", ", new[] { name.Length == 0 ? null : "name", lead.HasPhone ? "telephone number" : null }.OfType<string>()),
        };
    }

    private static string FormatCount(long number, string noun) => number switch
    {
        0 => $"no {noun}s",
        1 => $"1 {noun}",
        >= BriefingReader.CountLimit => $"very many {noun}s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{number} {noun}s"),
    };

    private static string DescribeLastContact(KnownLead lead)
    {
        var newestText = lead.Texts.Count > 0 ? lead.Texts[^1] : null;
        if (lead.LastCallAt is { } calledAt && (newestText is null || newestText.At <= calledAt))
        {
            return $"A call on {FormatTime(calledAt)}";
        }

        return newestText is null
            ? ""
            : $"{(newestText.IsFromLead ? "A text from the customer" : "A text from us")} on {FormatTime(newestText.At)}";
    }

    private static string FormatText(KnownText text) =>
        $"{(text.IsFromLead ? "Customer" : "Us")}, {FormatTime(text.At)}: {Sanitize(text.Body, MaxTextLength)}";

    private static string FormatTime(DateTimeOffset at) => at.UtcDateTime.ToString("MMMM d, yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // Puts other people's words on one line, so that the agent cannot mistake them for one of our lines. Replaces braces, because the provider
    // expands words in braces as a variable.
    private static string Sanitize(string? words, int maxLength)
    {
        var sanitized = new StringBuilder();
        foreach (var rune in (words ?? "").EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune);
            if (isSpace && (sanitized.Length == 0 || sanitized[^1] == ' '))
            {
                continue;
            }

            if (sanitized.Length + rune.Utf16SequenceLength > maxLength)
            {
                return $"{sanitized.ToString().TrimEnd()}…";
            }

            sanitized.Append(isSpace ? " " : rune.Value switch
            {
                '{' => "(",
                '}' => ")",
                _ => rune.ToString(),
            });
        }

        return sanitized.ToString().TrimEnd();
    }
}
