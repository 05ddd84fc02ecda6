using System.Diagnostics;
using System.Text.Json;
using JackAutomotive.AppHost;

namespace JackAutomotive.Tests.AppHost;

/// <summary>The manifest that the AppHost publishes with <c>--operation publish --publisher manifest</c>, run as a separate process.</summary>
public sealed class ManifestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jack-manifest-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("local")]
    [InlineData("containers")]
    public async Task A_published_model_describes_containers_for_every_value_of_JACK_SERVERS(string servers)
    {
        var resources = await PublishAsync(("JACK_SERVERS", servers));

        Assert.Equal("container.v0", Type(resources, "postgres"));
        Assert.Equal("value.v0", Type(resources, "crm"));
        Assert.Equal("container.v0", Type(resources, "redis"));
        Assert.Equal("{crm.connectionString}", Variable(resources, "webhook-api", "ConnectionStrings__crm"));
        Assert.Equal("{redis.connectionString}", Variable(resources, "realtime", "ConnectionStrings__redis"));
    }

    [Fact]
    public async Task A_published_model_has_the_services_and_no_simulator()
    {
        var resources = await PublishAsync();

        Assert.Equal("project.v0", Type(resources, "webhook-api"));
        Assert.Equal("project.v0", Type(resources, "realtime"));
        Assert.False(resources.TryGetProperty("provider-simulator", out _));
        Assert.Equal("{twilio-auth-token.value}", Variable(resources, "webhook-api", "TWILIO_AUTH_TOKEN"));
        var token = resources.GetProperty("twilio-auth-token").GetProperty("inputs").GetProperty("value");
        Assert.True(token.GetProperty("secret").GetBoolean());
        Assert.False(token.TryGetProperty("default", out _));
    }

    private async Task<JsonElement> PublishAsync(params (string Name, string Value)[] environment)
    {
        var manifest = Path.Combine(_folder, "manifest.json");
        var start = new ProcessStartInfo(
            "dotnet", [BuildOutput.ProgramOf("JackAutomotive.AppHost"), "--operation", "publish", "--publisher", "manifest", "--output-path", manifest])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var cancelled = TestContext.Current.CancellationToken;
        var output = process.StandardOutput.ReadToEndAsync(cancelled);
        var error = await process.StandardError.ReadToEndAsync(cancelled);
        await process.WaitForExitAsync(cancelled);
        Assert.True(process.ExitCode == 0, await output + error);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(manifest, cancelled));
        return document.RootElement.GetProperty("resources").Clone();
    }

    private static string? Type(JsonElement resources, string name) => resources.GetProperty(name).GetProperty("type").GetString();

    private static string? Variable(JsonElement resources, string name, string variable) =>
        resources.GetProperty(name).GetProperty("env").GetProperty(variable).GetString();
}
