using System.Globalization;
using System.Text;
using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>
/// What the agent is told before it speaks. Every variable is always there: a call fails if the agent uses one that is missing. What is
/// not known is an empty text. Names that begin with <c>system__</c> are the provider's own.
/// </summary>
internal sealed record ConversationVariables
{
    public required string DealershipName { get; init; }

    public required string AgentName { get; init; }

    /// <summary>Whether the customer's number belongs to a lead.</summary>
    public bool IsKnownCaller { get; init; }

    public string LeadId { get; init; } = "";

    public string LeadName { get; init; } = "";

    /// <summary>How many texts went to and fro, counted up to <see cref="BriefingReader.CountLimit"/>.</summary>
    public long TextCount { get; init; }

    /// <summary>How many calls were held, counted likewise.</summary>
    public long CallCount { get; init; }

    /// <summary>How we have talked so far.</summary>
    public string ChannelHistory { get; init; } = "";

    /// <summary>The newest text or call, in words, with its date.</summary>
    public string LastContact { get; init; } = "";

    /// <summary>The provider's summary of the newest call that has one.</summary>
    public string LastConversationSummary { get; init; } = "";

    /// <summary>The newest texts, oldest first, one a line.</summary>
    public string RecentMessages { get; init; } = "";

    /// <summary>What is known of the customer.</summary>
    public string KnownFacts { get; init; } = "";

    /// <summary>What need not be asked any more, separated by commas.</summary>
    public string DoNotAsk { get; init; } = "";
}

/// <summary>What is known of a lead when a conversation begins.</summary>
/// <param name="Lead">Who.</param>
/// <param name="Name">If it is known.</param>
/// <param name="TextCount">Texts to and fro.</param>
/// <param name="CallCount">Calls held.</param>
/// <param name="LastCallAt">When the newest call began.</param>
/// <param name="LastSummary">The summary of the newest call that has one.</param>
/// <param name="Messages">The newest texts, oldest first.</param>
internal sealed record KnownLead(
    LeadId Lead,
    string? Name,
    long TextCount,
    long CallCount,
    DateTimeOffset? LastCallAt,
    string? LastSummary,
    IReadOnlyList<KnownMessage> Messages);

/// <summary>A text.</summary>
internal sealed record KnownMessage(bool IsFromCustomer, string Body, DateTimeOffset At);

/// <summary>
/// Says in words what the agent should know. The same state gives the same words, so nothing here depends on the time of asking. Each text
/// is bounded, and so are all together: some 1,000 tokens.
/// </summary>
internal static class ConversationBriefing
{
    private const int MaxName = 100;
    private const int MaxSummary = 1500;
    private const int MaxMessage = 250;

    /// <summary>The variables for a lead; for null, for somebody of whom nothing is known.</summary>
    public static ConversationVariables Build(KnownLead? lead, ConversationsOptions options)
    {
        var variables = new ConversationVariables { DealershipName = options.DealershipName, AgentName = options.AgentName };
        if (lead is null)
        {
            return variables;
        }

        var name = Plain(lead.Name, MaxName);
        return variables with
        {
            IsKnownCaller = true,
            LeadId = lead.Lead.ToString(),
            LeadName = name,
            TextCount = lead.TextCount,
            CallCount = lead.CallCount,
            ChannelHistory = $"So far: {Count(lead.TextCount, "text")}, {Count(lead.CallCount, "call")}.",
            LastContact = LastContactOf(lead),
            LastConversationSummary = Plain(lead.LastSummary, MaxSummary),
            RecentMessages = string.Join('\n', lead.Messages.Select(LineOf)),
            KnownFacts = name.Length == 0 ? "" : $"Name: {name}.",
            DoNotAsk = name.Length == 0 ? "telephone number" : "name, telephone number",
        };
    }

    private static string Count(long number, string what) => number switch
    {
        0 => $"no {what}s",
        1 => $"1 {what}",
        >= BriefingReader.CountLimit => $"very many {what}s",
        _ => string.Create(CultureInfo.InvariantCulture, $"{number} {what}s"),
    };

    private static string LastContactOf(KnownLead lead)
    {
        var text = lead.Messages.Count > 0 ? lead.Messages[^1] : null;
        return lead.LastCallAt is { } calledAt && !(text?.At > calledAt) ? $"A call on {Day(calledAt)}"
            : text is null ? ""
            : $"{(text.IsFromCustomer ? "A text from the customer" : "A text from us")} on {Day(text.At)}";
    }

    private static string LineOf(KnownMessage message) =>
        $"{(message.IsFromCustomer ? "Customer" : "Us")}, {Day(message.At)}: {Plain(message.Body, MaxMessage)}";

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("MMMM d, yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    // Other people's words on one line, so that they cannot pass for a line of ours, and without the braces that the provider would
    // take for a variable.
    private static string Plain(string? text, int maxLength)
    {
        var plain = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune);
            if (isSpace && (plain.Length == 0 || plain[^1] == ' '))
            {
                continue;
            }

            if (plain.Length + rune.Utf16SequenceLength > maxLength)
            {
                return $"{plain.ToString().TrimEnd()}…";
            }

            plain.Append(isSpace ? " " : rune.Value switch
            {
                '{' => "(",
                '}' => ")",
                _ => rune.ToString(),
            });
        }

        return plain.ToString().TrimEnd();
    }
}
