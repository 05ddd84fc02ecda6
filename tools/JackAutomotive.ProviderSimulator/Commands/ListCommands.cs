using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>What this program can do and what it did last.</summary>
/// <param name="Commands">The HTTP commands.</param>
/// <param name="Scenarios">The names of the calls that can be played.</param>
/// <param name="LastSent">The last webhooks that were posted, newest first.</param>
internal sealed record Overview(
    IReadOnlyList<CommandDescription> Commands, IEnumerable<string> Scenarios, IReadOnlyList<Delivery> LastSent);

/// <summary>One HTTP command.</summary>
internal sealed record CommandDescription(string Method, string Path, string Body, string Does);

internal static class ListCommands
{
    private static readonly CommandDescription[] s_commands =
    [
        new("POST", $"/commands/{SendText.Name}", "{from?, to?, body?, media?, copies?, seed?}", "A customer sends a text."),
        new("POST", $"/commands/{PlayCall.Name}", "{from?, scenario?, leadId?, callbacks?, copies?, seed?}",
            "A call with the voice agent ends."),
        new("POST", $"/commands/{PlayLiveCall.Name}", "{from?, scenario?, seconds?, seed?}",
            "A call with the voice agent is held, from the first ring to the transcript."),
        new("POST", $"/commands/{PlayStatuses.Name}", "{from?, result?, shuffle?, copies?, seed?}",
            "Twilio tells of a call and of a text."),
        new("POST", $"/commands/{PlayBusyDay.Name}", "{calls?, texts?, seconds?, seed?}", "A day of texts and calls passes in seconds."),
    ];

    /// <summary>GET /</summary>
    internal static Overview Handle(SentLog log) => new(s_commands, CallScripts.All.Select(script => script.Name), log.Newest());
}
