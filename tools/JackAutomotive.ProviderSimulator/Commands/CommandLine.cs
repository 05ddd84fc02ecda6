using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Twilio;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>
/// The commands for a terminal. Exit codes: 0 if every answer is correct, 1 if not or if the options are invalid, 2 if a setting is missing.
/// </summary>
internal static partial class CommandLine
{
    private const int ExitFailure = 1;
    private const int ExitSettingMissing = 2;

    /// <summary>
    /// True if the arguments contain a command. False without arguments, and for settings of the web service such as
    /// <c>--urls=http://localhost:5300</c>.
    /// </summary>
    public static bool ContainsCommand(string[] args) =>
        !args.All(arg => arg.StartsWith("--", StringComparison.Ordinal) && arg.Contains('=', StringComparison.Ordinal));

    /// <summary>Runs the command in <paramref name="args"/> and returns the exit code.</summary>
    public static Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null)
    {
        var root = new RootCommand("Stands in for Twilio and ElevenLabs: signs and posts their webhooks. Without arguments, it is a web service.")
        {
            SendTextCommand(),
            PlayCallCommand(),
            PlayLiveCallCommand(),
            PlayStatusesCommand(),
            PlayFailedCallCommand(),
            SendUnknownCommand(),
            PlayBusyDayCommand(),
            PlayChaosDayCommand(),
            PlaySalesStoryCommand(),
            FloodCommand(),
        };
        return root.Parse(args).InvokeAsync(new InvocationConfiguration
        {
            Output = output ?? Console.Out,
            Error = error ?? Console.Error,
        });
    }

    /// <summary>Builds a command that plays a story and therefore also has the fault options.</summary>
    private static Command Build<TCommand, TRequest>(
        string name, string description, IEnumerable<Option> options, TRequest defaults, Func<ParseResult, TRequest> read,
        Func<TCommand, TRequest, CancellationToken, Task<CommandResult>> run)
        where TCommand : notnull
        where TRequest : PlayRequest
    {
        var faults = new FaultOptions(defaults);
        return Build(name, description, [.. options, .. faults.All], parsed => (TRequest)faults.AddTo(read(parsed), parsed), run);
    }

    private static Command Build<TCommand, TRequest>(
        string name, string description, IEnumerable<Option> options, Func<ParseResult, TRequest> read,
        Func<TCommand, TRequest, CancellationToken, Task<CommandResult>> run)
        where TCommand : notnull
        where TRequest : ICommandRequest
    {
        var target = new Option<Uri>("--target")
        {
            Description = "Base address of all posts",
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
                return ExitFailure;
            }

            using var host = BuildHost(parsed.GetValue(target)!);
            await host.StartAsync(cancellationToken);
            try
            {
                var result = await run(host.Services.GetRequiredService<TCommand>(), request, cancellationToken);
                await WriteAsync(result, output);
                return result.AllAsItShouldBe ? 0 : ExitFailure;
            }
            catch (SettingMissingException missing)
            {
                await error.WriteLineAsync(missing.Message);
                return ExitSettingMissing;
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
        // The settings file is in the program's folder, which is not always the current folder.
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration[$"{PostingOptions.SectionName}:{nameof(PostingOptions.Target)}"] = target.AbsoluteUri;

        // The command's result lists the posted webhooks, so the log contains errors only.
        builder.Logging.SetMinimumLevel(LogLevel.Error).AddFilter((_, level) => level >= LogLevel.Error);
        builder.AddServiceDefaults();
        builder.AddPosting();
        builder.AddApis();
        builder.AddTwilio();
        builder.AddElevenLabs();
        builder.AddCommands();
        return builder.Build();
    }

    private static async Task WriteAsync(CommandResult result, TextWriter output)
    {
        foreach (var delivery in result.Deliveries)
        {
            var flaw = delivery.Flaw is null ? "" : $" with a {delivery.Flaw}";
            var remark = delivery.Flaw is not null && delivery.AsItShouldBe ? ", rejected as expected" : "";
            var answer = Problems.Describe(delivery) + remark;
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{delivery.Kind} {delivery.Id} of {delivery.Customer}{flaw}: {answer} ({delivery.DurationMs:0} ms)"));
        }

        if (result.Corrupted > 0)
        {
            await output.WriteLineAsync($"{result.RefusedAsTheyShouldBe} of {result.Corrupted} corrupt webhooks rejected as expected");
        }

        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"by status: {string.Join(", ", result.ByStatus.Select(status => $"{status.Value} times {status.Key}"))}; "
            + $"{result.SentAgain} sent again; p50 {result.P50Ms} ms, p99 {result.P99Ms} ms"));
        var trace = result.TraceId ?? "none";
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Accepted} of {result.Sent} accepted in {result.DurationMs:0} ms; seed {result.Seed}, trace {trace}"));
    }
}
