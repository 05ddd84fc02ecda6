using System.CommandLine;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Each command's own options.</summary>
internal static partial class CommandLine
{
    private static Command SendTextCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var to = new Option<string?>("--to") { Description = "The dealership's number in E.164; default: TWILIO_PHONE_NUMBER" };
        var body = new Option<string?>("--body") { Description = "What the text says; default: one from a story" };
        var media = new Option<int>("--media") { Description = "How many pictures come with it, 0 to 10" };
        return Build(SendText.Name, "A customer sends a text.", [from, to, body, media], new SendTextRequest(), parsed => new()
        {
            From = parsed.GetValue(from),
            To = parsed.GetValue(to),
            Body = parsed.GetValue(body),
            Media = parsed.GetValue(media),
        },
        (SendText command, SendTextRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayCallCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var scenario = new Option<string?>("--scenario") { Description = $"One of {CallScripts.Names}; default: any" };
        var lead = new Option<string?>("--lead") { Description = "The lead that the agent knew the customer as" };
        var callbacks = new Option<bool>("--callbacks") { Description = "Twilio tells of the call too: its statuses and its recording" };
        var megabytes = new Option<double>("--megabytes") { Description = "How long the webhook with the audio is; 0: none is sent" };
        Option[] options = [from, scenario, lead, callbacks, megabytes];
        return Build(PlayCall.Name, "A call with the voice agent ends.", options, new PlayCallRequest(), parsed => new()
        {
            Callbacks = parsed.GetValue(callbacks),
            Megabytes = parsed.GetValue(megabytes),
            From = parsed.GetValue(from),
            Scenario = parsed.GetValue(scenario),
            LeadId = parsed.GetValue(lead),
        },
        (PlayCall command, PlayCallRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayLiveCallCommand()
    {
        var defaults = new PlayLiveCallRequest();
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var scenario = new Option<string?>("--scenario") { Description = $"One of {CallScripts.Names}; default: any inbound one" };
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long the call takes; 0: as fast as it goes",
            DefaultValueFactory = _ => defaults.Seconds,
        };
        const string Does = "A call with the voice agent is held, from the first ring to the transcript.";
        return Build(PlayLiveCall.Name, Does, [from, scenario, seconds], defaults, parsed => new()
        {
            From = parsed.GetValue(from),
            Scenario = parsed.GetValue(scenario),
            Seconds = parsed.GetValue(seconds),
        },
        (PlayLiveCall command, PlayLiveCallRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayStatusesCommand()
    {
        var defaults = new PlayStatusesRequest();
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var result = new Option<string>("--result")
        {
            Description = "How the call ends: answered, voicemail, busy, no_answer or failed",
            DefaultValueFactory = _ => defaults.Result,
        };
        return Build(PlayStatuses.Name, "Twilio tells of a call and of a text.", [from, result], defaults, parsed => new()
        {
            From = parsed.GetValue(from),
            Result = parsed.GetValue(result)!,
        },
        (PlayStatuses command, PlayStatusesRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayFailedCallCommand()
    {
        var defaults = new PlayFailedCallRequest();
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var reason = new Option<string>("--reason")
        {
            Description = "Why: busy, no-answer or unknown",
            DefaultValueFactory = _ => defaults.Reason,
        };
        return Build(PlayFailedCall.Name, "A call of the voice agent's does not come about.", [from, reason], defaults, parsed => new()
        {
            From = parsed.GetValue(from),
            Reason = parsed.GetValue(reason)!,
        },
        (PlayFailedCall command, PlayFailedCallRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command SendUnknownCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        return Build(SendUnknown.Name, "ElevenLabs sends a type that nobody knows.", [from], new SendUnknownRequest(), parsed => new()
        {
            From = parsed.GetValue(from),
        },
        (SendUnknown command, SendUnknownRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayBusyDayCommand()
    {
        var defaults = new PlayBusyDayRequest();
        var (calls, texts, seconds) = DayOptions(defaults);
        var everything = new Option<bool>("--everything") { Description = "All is told, from the first ring to the audio" };
        const string Does = "A day of texts and calls passes in seconds.";
        return Build(PlayBusyDay.Name, Does, [calls, texts, seconds, everything], defaults, parsed => new()
        {
            Calls = parsed.GetValue(calls),
            Texts = parsed.GetValue(texts),
            Seconds = parsed.GetValue(seconds),
            Everything = parsed.GetValue(everything),
        },
        (PlayBusyDay command, PlayBusyDayRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayChaosDayCommand()
    {
        var defaults = new PlayChaosDayRequest();
        var (calls, texts, seconds) = DayOptions(defaults);
        const string Does = "A busy day with everything, and everything goes wrong.";
        return Build(PlayChaosDay.Name, Does, [calls, texts, seconds], defaults, parsed => new()
        {
            Calls = parsed.GetValue(calls),
            Texts = parsed.GetValue(texts),
            Seconds = parsed.GetValue(seconds),
        },
        (PlayChaosDay command, PlayChaosDayRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static (Option<int> Calls, Option<int> Texts, Option<double> Seconds) DayOptions(PlayBusyDayRequest defaults) => (
        new("--calls") { Description = "How many calls", DefaultValueFactory = _ => defaults.Calls },
        new("--texts") { Description = "How many texts", DefaultValueFactory = _ => defaults.Texts },
        new("--seconds")
        {
            Description = "How long the day takes; 0: as fast as it goes",
            DefaultValueFactory = _ => defaults.Seconds,
        });

    private static Command FloodCommand()
    {
        var defaults = new FloodRequest();
        var rate = new Option<int>("--rate") { Description = "How many webhooks a second", DefaultValueFactory = _ => defaults.Rate };
        var seconds = new Option<int>("--seconds") { Description = "For how long", DefaultValueFactory = _ => defaults.Seconds };
        var connections = new Option<int>("--connections")
        {
            Description = "Over how many connections at once",
            DefaultValueFactory = _ => defaults.Connections,
        };
        var seed = new Option<int?>("--seed") { Description = "The same seed makes the same webhooks" };
        Option[] options = [rate, seconds, connections, seed];
        return Build(Flood.Name, "Far too many webhooks come at once.", options, parsed => new FloodRequest
        {
            Rate = parsed.GetValue(rate),
            Seconds = parsed.GetValue(seconds),
            Connections = parsed.GetValue(connections),
            Seed = parsed.GetValue(seed),
        },
        (Flood command, FloodRequest request, CancellationToken token) => command.RunAsync(request, token));
    }
}
