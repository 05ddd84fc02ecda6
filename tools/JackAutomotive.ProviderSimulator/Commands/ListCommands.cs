using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The commands, and the webhooks that were posted last.</summary>
/// <param name="Commands">The HTTP commands.</param>
/// <param name="Apis">What controls and shows the providers' APIs.</param>
/// <param name="Scenarios">The names of the calls that can be played.</param>
/// <param name="LastSent">The webhooks that were posted last, newest first.</param>
internal sealed record Overview(
    IReadOnlyList<CommandDescription> Commands, IReadOnlyList<CommandDescription> Apis, IEnumerable<string> Scenarios,
    IReadOnlyList<Delivery> LastSent);

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
            "A call with the voice agent, from the first ring to the transcript."),
        new("POST", $"/commands/{PlayStatuses.Name}", $"{{from?, result?, {Faults}}}", "Twilio reports the statuses of a call and of a text."),
        new("POST", $"/commands/{PlayFailedCall.Name}", $"{{from?, reason?, {Faults}}}",
            "The voice agent tries to call a customer, and the call fails."),
        new("POST", $"/commands/{SendUnknown.Name}", $"{{from?, {Faults}}}", "ElevenLabs sends a webhook of an unknown type."),
        new("POST", $"/commands/{PlayBusyDay.Name}", $"{{calls?, texts?, seconds?, everything?, {Faults}}}",
            "A day of texts and calls, compressed into seconds."),
        new("POST", $"/commands/{PlayChaosDay.Name}", $"{{calls?, texts?, seconds?, {Faults}}}",
            "A busy day with every kind of webhook and every fault."),
        new("POST", $"/commands/{PlaySalesStory.Name}", $"{{from?, daySeconds?, {Faults}}}",
            "The story of one buyer over several days, with a clock of its own."),
        new("POST", $"/commands/{Flood.Name}", "{rate?, seconds?, connections?, seed?}", "Webhooks of all kinds arrive at a very high rate."),
    ];

    private static readonly CommandDescription[] s_apis =
    [
        new("POST", "/faults", "{kind, provider?, requests?, probability?, count?, milliseconds?, retryAfter?, status?, copies?, seed?}",
            "Switches a fault of the providers' APIs on. GET lists the faults; DELETE switches all off, DELETE /faults/{id} one."),
        new("POST", "/customers", "{number?, texts?, errorCode?, calls?, scenario?, optedOut?}",
            "Describes what happens to texts and calls to a number. GET lists the descriptions; DELETE forgets them."),
        new("GET", "/ledger", "", "What the providers' APIs have accepted. DELETE resets the ledger."),
        new("GET", "/messages", "", "The texts and calls that customers have received."),
    ];

    /// <summary>GET /</summary>
    internal static Overview Handle(SentLog log) => new(s_commands, s_apis, CallScripts.All.Select(script => script.Name), log.Newest());
}
