using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The commands for a terminal. Exit codes: 0 all accepted, 1 refused or wrongly used, 2 a setting is missing.</summary>
internal static class CommandLine
{
    private const int Refused = 1;
    private const int SettingMissing = 2;

    /// <summary>False for no arguments, and for settings of the web service such as <c>--urls=http://localhost:5300</c>.</summary>
    public static bool IsMeantBy(string[] args) =>
        !args.All(arg => arg.StartsWith("--", StringComparison.Ordinal) && arg.Contains('=', StringComparison.Ordinal));

    /// <summary>Does what <paramref name="args"/> say and returns the exit code.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        var root = new RootCommand("Plays Twilio and ElevenLabs: signs and posts their webhooks. Without arguments it is a web service.")
        {
            SendTextCommand(),
            PlayCallCommand(),
            PlayLiveCallCommand(),
            PlayStatusesCommand(),
            PlayBusyDayCommand(),
        };
        return root.Parse(args).InvokeAsync(new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
        });
    }

    private static Command SendTextCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var to = new Option<string?>("--to") { Description = "The dealership's number in E.164; default: TWILIO_PHONE_NUMBER" };
        var body = new Option<string?>("--body") { Description = "What the text says; default: one from a story" };
        var media = new Option<int>("--media") { Description = "How many pictures come with it, 0 to 10" };
        var copies = Copies();
        var seed = Seed();
        return Build(SendText.Name, "A customer sends a text.", [from, to, body, media, copies, seed], parsed => new SendTextRequest
        {
            From = parsed.GetValue(from),
            To = parsed.GetValue(to),
            Body = parsed.GetValue(body),
            Media = parsed.GetValue(media),
            Copies = parsed.GetValue(copies),
            Seed = parsed.GetValue(seed),
        },
        (SendText command, SendTextRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayCallCommand()
    {
        var from = new Option<string?>("--from") { Description = "The customer's number in E.164; default: an invented customer" };
        var scenario = new Option<string?>("--scenario") { Description = $"One of {CallScripts.Names}; default: any" };
        var lead = new Option<string?>("--lead") { Description = "The lead that the agent knew the customer as" };
        var copies = Copies();
        var seed = Seed();
        var callbacks = new Option<bool>("--callbacks") { Description = "Twilio tells of the call too: its statuses and its recording" };
        Option[] options = [from, scenario, lead, callbacks, copies, seed];
        return Build(PlayCall.Name, "A call with the voice agent ends.", options, parsed => new PlayCallRequest
        {
            Callbacks = parsed.GetValue(callbacks),
            From = parsed.GetValue(from),
            Scenario = parsed.GetValue(scenario),
            LeadId = parsed.GetValue(lead),
            Copies = parsed.GetValue(copies),
            Seed = parsed.GetValue(seed),
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
        var seed = Seed();
        const string Does = "A call with the voice agent is held, from the first ring to the transcript.";
        return Build(PlayLiveCall.Name, Does, [from, scenario, seconds, seed], parsed => new PlayLiveCallRequest
        {
            From = parsed.GetValue(from),
            Scenario = parsed.GetValue(scenario),
            Seconds = parsed.GetValue(seconds),
            Seed = parsed.GetValue(seed),
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
        var shuffle = new Option<bool>("--shuffle") { Description = "The callbacks come in another order than things happened" };
        var copies = new Option<int>("--copies") { Description = "How often each callback is posted", DefaultValueFactory = _ => 1 };
        var seed = Seed();
        Option[] options = [from, result, shuffle, copies, seed];
        return Build(PlayStatuses.Name, "Twilio tells of a call and of a text.", options, parsed => new PlayStatusesRequest
        {
            From = parsed.GetValue(from),
            Result = parsed.GetValue(result)!,
            Shuffle = parsed.GetValue(shuffle),
            Copies = parsed.GetValue(copies),
            Seed = parsed.GetValue(seed),
        },
        (PlayStatuses command, PlayStatusesRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Command PlayBusyDayCommand()
    {
        var defaults = new PlayBusyDayRequest();
        var calls = new Option<int>("--calls") { Description = "How many calls", DefaultValueFactory = _ => defaults.Calls };
        var texts = new Option<int>("--texts") { Description = "How many texts", DefaultValueFactory = _ => defaults.Texts };
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long the day takes; 0: as fast as it goes",
            DefaultValueFactory = _ => defaults.Seconds,
        };
        var seed = Seed();
        return Build(PlayBusyDay.Name, "A day of texts and calls passes in seconds.", [calls, texts, seconds, seed], parsed => new()
        {
            Calls = parsed.GetValue(calls),
            Texts = parsed.GetValue(texts),
            Seconds = parsed.GetValue(seconds),
            Seed = parsed.GetValue(seed),
        },
        (PlayBusyDay command, PlayBusyDayRequest request, CancellationToken token) => command.RunAsync(request, token));
    }

    private static Option<int> Copies() =>
        new("--copies") { Description = "How often the same webhook is posted, all at once", DefaultValueFactory = _ => 1 };

    private static Option<int?> Seed() => new("--seed") { Description = "The same seed makes the same ids and words" };

    private static Command Build<TCommand, TRequest>(
        string name, string description, IEnumerable<Option> options, Func<ParseResult, TRequest> read,
        Func<TCommand, TRequest, CancellationToken, Task<CommandResult>> run)
        where TCommand : notnull
        where TRequest : ICommandRequest
    {
        var target = new Option<Uri>("--target")
        {
            Description = "Base address that is posted to",
            DefaultValueFactory = _ => new Uri("http://localhost:5100"),
            CustomParser = ParseTarget,
        };
        var command = new Command(name, description) { target };
        foreach (var option in options)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            var request = read(parsed);
            foreach (var (member, messages) in request.Validate())
            {
                await error.WriteLineAsync($"--{member.ToLowerInvariant()}: {string.Join(' ', messages)}");
                return Refused;
            }

            using var host = BuildHost(parsed.GetValue(target)!);
            await host.StartAsync(cancellationToken);
            try
            {
                var result = await run(host.Services.GetRequiredService<TCommand>(), request, cancellationToken);
                await WriteAsync(result, output);
                return result.Refused == 0 ? 0 : Refused;
            }
            catch (SettingMissingException missing)
            {
                await error.WriteLineAsync(missing.Message);
                return SettingMissing;
            }
            finally
            {
                await host.StopAsync(CancellationToken.None);
            }
        });
        return command;
    }

    private static Uri? ParseTarget(ArgumentResult argument)
    {
        var text = argument.Tokens is [var token] ? token.Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var target) && target.Scheme is "http" or "https")
        {
            return target;
        }

        argument.AddError("--target: Must be an http or https address, such as http://localhost:5100.");
        return null;
    }

    private static IHost BuildHost(Uri target)
    {
        // Settings lie beside the program, whichever folder it is called from.
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration[$"{PostingOptions.SectionName}:{nameof(PostingOptions.Target)}"] = target.AbsoluteUri;

        // What was posted is printed as the command's result, not as a log.
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddFilter((_, level) => level >= LogLevel.Error);
        builder.AddServiceDefaults();
        builder.AddPosting();
        builder.AddTwilio();
        builder.AddElevenLabs();
        builder.AddCommands();
        return builder.Build();
    }

    private static async Task WriteAsync(CommandResult result, TextWriter output)
    {
        foreach (var delivery in result.Deliveries)
        {
            var answer = delivery.Accepted ? "200" : Problems.Describe(delivery);
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{delivery.Kind} {delivery.Id} of {delivery.Customer}: {answer} ({delivery.DurationMs:0} ms)"));
        }

        var trace = result.TraceId ?? "none";
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Accepted} of {result.Sent} accepted in {result.DurationMs:0} ms; seed {result.Seed}, trace {trace}"));
    }
}
