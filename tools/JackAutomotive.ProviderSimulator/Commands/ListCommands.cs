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
    private const string Faults = "repeat?, shuffle?, delay?, corrupt?, seed?";

    private static readonly CommandDescription[] s_commands =
    [
        new("POST", $"/commands/{SendText.Name}", $"{{from?, to?, body?, media?, {Faults}}}", "A customer sends a text."),
        new("POST", $"/commands/{PlayCall.Name}", $"{{from?, scenario?, leadId?, callbacks?, megabytes?, {Faults}}}",
            "A call with the voice agent ends."),
        new("POST", $"/commands/{PlayLiveCall.Name}", $"{{from?, scenario?, seconds?, {Faults}}}",
            "A call with the voice agent is held, from the first ring to the transcript."),
        new("POST", $"/commands/{PlayStatuses.Name}", $"{{from?, result?, {Faults}}}", "Twilio tells of a call and of a text."),
        new("POST", $"/commands/{PlayFailedCall.Name}", $"{{from?, reason?, {Faults}}}",
            "A call of the voice agent's does not come about."),
        new("POST", $"/commands/{SendUnknown.Name}", $"{{from?, {Faults}}}", "ElevenLabs sends a type that nobody knows."),
        new("POST", $"/commands/{PlayBusyDay.Name}", $"{{calls?, texts?, seconds?, everything?, {Faults}}}",
            "A day of texts and calls passes in seconds."),
        new("POST", $"/commands/{PlayChaosDay.Name}", $"{{calls?, texts?, seconds?, {Faults}}}",
            "A busy day with everything, and everything goes wrong."),
        new("POST", $"/commands/{Flood.Name}", "{rate?, seconds?, connections?, seed?}", "Far too many webhooks come at once."),
    ];

    /// <summary>GET /</summary>
    internal static Overview Handle(SentLog log) => new(s_commands, CallScripts.All.Select(script => script.Name), log.Newest());
}
