namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>The channel for which an agent is briefed. The channel changes only the first line of the text, and no variable.</summary>
internal enum BriefingChannel
{
    /// <summary>A telephone call, inbound or outbound.</summary>
    Voice,

    /// <summary>An exchange of texts.</summary>
    Text,
}
