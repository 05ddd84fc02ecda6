using System.CommandLine;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The options of each command.</summary>
internal static partial class CommandLine
{
    private static Command SendTextCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var to = new Option<string?>("--to") { Description = "The dealership's number in E.164; default: TWILIO_PHONE_NUMBER" };
        var body = new Option<string?>("--body") { Description = "The words of the text; default: a text from a story" };
        var media = new Option<int>("--media") { Description = "Number of pictures in the message, 0 to 10" };
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
        var lead = new Option<string?>("--lead") { Description = "The id of the lead that the agent knows the customer as" };
        var callbacks = new Option<bool>("--callbacks") { Description = "Also posts Twilio's callbacks: the call's statuses and its recording" };
        var megabytes = new Option<double>("--megabytes") { Description = "Length of the audio webhook in megabytes; 0 posts none" };
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
            Description = "Duration of the call in seconds; 0 posts as fast as possible",
            DefaultValueFactory = _ => defaults.Seconds,
        };
        const string Summary = "A call with the voice agent, from the first ring to the transcript.";
        return Build(PlayLiveCall.Name, Summary, [from, scenario, seconds], defaults, parsed => new()
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
        return Build(PlayStatuses.Name, "Twilio reports the statuses of a call and of a text.", [from, result], defaults, parsed => new()
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
            Description = "The reason: busy, no-answer or unknown",
            DefaultValueFactory = _ => defaults.Reason,
        };
        return Build(PlayFailedCall.Name, "The voice agent tries to call a customer, and the call fails.", [from, reason], defaults, parsed => new()
        {
            From = parsed.GetValue(from),
            Reason = parsed.GetValue(reason)!,
        },
        (PlayFailedCall command, PlayFailedCallRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command SendUnknownCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        return Build(SendUnknown.Name, "ElevenLabs sends a webhook of an unknown type.", [from], new SendUnknownRequest(), parsed => new()
        {
            From = parsed.GetValue(from),
        },
        (SendUnknown command, SendUnknownRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayBusyDayCommand()
    {
        var defaults = new PlayBusyDayRequest();
        var (calls, texts, seconds) = DayOptions(defaults);
        var everything = new Option<bool>("--everything") { Description = "Posts every kind of webhook, from the first ring to the audio" };
        const string Summary = "A day of texts and calls, compressed into seconds.";
        return Build(PlayBusyDay.Name, Summary, [calls, texts, seconds, everything], defaults, parsed => new()
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
        const string Summary = "A busy day with every kind of webhook and every fault.";
        return Build(PlayChaosDay.Name, Summary, [calls, texts, seconds], defaults, parsed => new()
        {
            Calls = parsed.GetValue(calls),
            Texts = parsed.GetValue(texts),
            Seconds = parsed.GetValue(seconds),
        },
        (PlayChaosDay command, PlayChaosDayRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlaySalesStoryCommand()
    {
        var defaults = new PlaySalesStoryRequest();
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var day = new Option<double>("--day-seconds")
        {
            Description = "Duration of a day of the story in seconds; 0 posts as fast as possible",
            DefaultValueFactory = _ => defaults.DaySeconds,
        };
        const string Summary = "The story of one buyer over several days, with a clock of its own.";
        return Build(PlaySalesStory.Name, Summary, [from, day], defaults, parsed => new()
        {
            From = parsed.GetValue(from),
            DaySeconds = parsed.GetValue(day),
        },
        (PlaySalesStory command, PlaySalesStoryRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static (Option<int> Calls, Option<int> Texts, Option<double> Seconds) DayOptions(PlayBusyDayRequest defaults) => (
        new("--calls") { Description = "Number of calls", DefaultValueFactory = _ => defaults.Calls },
        new("--texts") { Description = "Number of texts", DefaultValueFactory = _ => defaults.Texts },
        new("--seconds")
        {
            Description = "Duration of the day in seconds; 0 posts as fast as possible",
            DefaultValueFactory = _ => defaults.Seconds,
        });

    private static Command FloodCommand()
    {
        var defaults = new FloodRequest();
        var rate = new Option<int>("--rate") { Description = "Webhooks per second", DefaultValueFactory = _ => defaults.Rate };
        var seconds = new Option<int>("--seconds") { Description = "Duration in seconds", DefaultValueFactory = _ => defaults.Seconds };
        var connections = new Option<int>("--connections")
        {
            Description = "Maximum number of concurrent connections",
            DefaultValueFactory = _ => defaults.Connections,
        };
        var seed = new Option<int?>("--seed") { Description = "The same seed creates the same webhooks" };
        Option[] options = [rate, seconds, connections, seed];
        return Build(Flood.Name, "Webhooks of all kinds arrive at a very high rate.", options, parsed => new FloodRequest
        {
            Rate = parsed.GetValue(rate),
            Seconds = parsed.GetValue(seconds),
            Connections = parsed.GetValue(connections),
            Seed = parsed.GetValue(seed),
        },
        (Flood command, FloodRequest request, CancellationToken token) => command.RunAsync(request, token));
    }
}
