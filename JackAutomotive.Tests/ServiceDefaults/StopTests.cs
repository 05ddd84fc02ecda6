using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.ServiceDefaults;

/// <summary>A service that a fault stops ends at once, so that an orchestrator sees it and can start it again.</summary>
public sealed class StopTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Theory]
    [InlineData("fails")]
    [InlineData("fails and hangs")]
    public async Task A_service_whose_background_service_fails_ends_with_an_error_code_and_frees_its_port(string fault)
    {
        await using var process = new WebhookApiProcess(
            fixture.DatabaseConnection,
            fixture.RedisConnection,
            fixture.Data,
            ("DOTNET_STARTUP_HOOKS", typeof(StartupHook).Assembly.Location),
            (StartupHook.Fault, fault));
        await process.StartAsync();

        await Wait.UntilAsync(() => process.HasExited, "the end of the process");

        Assert.Equal(1, process.ExitCode);
        Assert.False(Ports.IsListening(process.Addresses[0].Port));
    }
}
