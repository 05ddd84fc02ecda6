using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace JackAutomotive.Tests.Simulator;

/// <summary>Runs the program as a separate process, because scripts depend on the program's exit code.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("send-text", "--from", "+12025550123", "--body", "hello")]
    [InlineData("play-call", "--scenario", "voicemail")]
    [InlineData("play-call", "--scenario", "voicemail", "--callbacks")]
    [InlineData("play-live-call", "--seconds", "0", "--scenario", "trade-in")]
    [InlineData("play-statuses", "--result", "busy", "--shuffle", "--repeat", "2", "--delay", "5")]
    [InlineData("play-failed-call", "--reason", "busy")]
    [InlineData("send-unknown")]
    [InlineData("flood", "--rate", "20", "--seconds", "1")]
    [InlineData("play-busy-day", "--calls", "1", "--texts", "2", "--seconds", "0", "--seed", "9")]
    public async Task The_program_exits_with_0_when_every_webhook_is_accepted(params string[] args)
    {
        await using var stub = await WebhookStub.StartAsync();

        var (exitCode, output, _) = await RunAsync([.. args, "--target", stub.Address]);

        Assert.Equal(0, exitCode);
        Assert.NotEmpty(stub.Received);
        Assert.Contains($"{stub.Received.Count} of {stub.Received.Count} accepted", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_exits_with_1_and_prints_the_answer_when_the_target_refuses()
    {
        await using var stub = await WebhookStub.StartAsync(() => Results.Problem(statusCode: 403, title: "Signature refused"));

        var (exitCode, output, _) = await RunAsync(["send-text", "--target", stub.Address]);

        Assert.Equal(1, exitCode);
        Assert.Contains("403: Signature refused", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_exits_with_2_and_names_the_setting_when_a_secret_is_missing()
    {
        var (exitCode, _, error) = await RunAsync(["send-text"], ("TWILIO_AUTH_TOKEN", ""));

        Assert.Equal(2, exitCode);
        Assert.Contains("TWILIO_AUTH_TOKEN", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send-text", "--from", "5550123")]
    [InlineData("send-text", "--target", "nowhere")]
    [InlineData("play-call", "--scenario", "nobody")]
    [InlineData("play-call", "--repeat", "0")]
    [InlineData("flood", "--connections", "1000")]
    [InlineData("dance")]
    public async Task The_program_exits_with_1_and_prints_an_error_on_invalid_arguments(params string[] args)
    {
        var (exitCode, _, error) = await RunAsync(args);

        Assert.Equal(1, exitCode);
        Assert.NotEmpty(error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string[] args, params (string Name, string Value)[] settings)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "JackAutomotive.ProviderSimulator.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TWILIO_AUTH_TOKEN"] = RunningSimulator.AuthToken;
        start.Environment["ELEVENLABS_POST_CALL_WEBHOOK_SECRET"] = RunningSimulator.Secret;
        start.Environment["ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET"] = RunningSimulator.LiveSecret;
        start.Environment["ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET"] = RunningSimulator.InitiationSecret;
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
