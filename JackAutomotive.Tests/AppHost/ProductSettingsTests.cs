using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace JackAutomotive.Tests.AppHost;

/// <summary>Which settings the AppHost hands to whom. Nothing is started.</summary>
public class ProductSettingsTests
{
    private static readonly string[] s_compared = ["ELEVENLABS_AGENT_ID", "TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER"];

    [Theory]
    [InlineData("--JACK_PROVIDERS=simulated")]
    [InlineData("--JACK_PROVIDERS=real", "--TWILIO_AUTH_TOKEN=given", "--ELEVENLABS_POST_CALL_WEBHOOK_SECRET=given")]
    public async Task An_account_a_number_and_an_agent_that_nobody_gave_are_not_held_against_webhooks(params string[] args) =>
        Assert.Empty(await ComparedAsync("webhook-api", args));

    [Fact]
    public async Task The_simulator_has_made_up_ones() =>
        Assert.Equal(s_compared, await ComparedAsync("provider-simulator", "--JACK_PROVIDERS=simulated"));

    [Theory]
    [InlineData("--TWILIO_PHONE_NUMBER=+12025550107", "TWILIO_PHONE_NUMBER")]
    [InlineData("--Parameters:elevenlabs-agent-id=agent_ours", "ELEVENLABS_AGENT_ID")]
    [InlineData("--TWILIO_ACCOUNT_SID=AC1", "TWILIO_ACCOUNT_SID")]
    public async Task One_that_was_given_is(string arg, string variable) =>
        Assert.Equal([variable], await ComparedAsync("webhook-api", "--JACK_PROVIDERS=simulated", arg));

    [Fact]
    public async Task Who_serves_streams_gets_what_tokens_are_signed_with_and_no_providers_secret() =>
        Assert.Equal(["STREAM_ALLOWED_ORIGINS", "STREAM_TOKEN_SECRET"], await SettingsAsync("realtime"));

    [Fact]
    public async Task Who_signs_tokens_gets_the_same_secret_and_the_simulator_does_not()
    {
        Assert.Contains("STREAM_TOKEN_SECRET", await SettingsAsync("webhook-api"));
        Assert.DoesNotContain("STREAM_TOKEN_SECRET", await SettingsAsync("provider-simulator"));
        var given = "--STREAM_TOKEN_SECRET=given";
        Assert.Equal("given", await ValueAsync("webhook-api", "STREAM_TOKEN_SECRET", given));
        Assert.Equal("given", await ValueAsync("realtime", "STREAM_TOKEN_SECRET", given));
    }

    [Theory]
    [InlineData("--JACK_PROVIDERS=simulated")]
    [InlineData("--JACK_PROVIDERS=real", "--TWILIO_AUTH_TOKEN=given", "--ELEVENLABS_POST_CALL_WEBHOOK_SECRET=given")]
    public async Task A_secret_for_stream_tokens_that_nobody_gave_is_made_up_and_long_enough(params string[] args) =>
        Assert.InRange((await ValueAsync("realtime", "STREAM_TOKEN_SECRET", args))!.Length, 32, 100);

    private static async Task<IEnumerable<string>> ComparedAsync(string resource, params string[] args) =>
        (await EnvironmentAsync(resource, args)).Keys.Intersect(s_compared).Order(StringComparer.Ordinal);

    // The product's own, which have names in capitals.
    private static async Task<IEnumerable<string>> SettingsAsync(string resource) =>
        (await EnvironmentAsync(resource, "--JACK_PROVIDERS=simulated"))
            .Where(variable => variable.Value is ParameterResource).Select(variable => variable.Key).Order(StringComparer.Ordinal);

    private static async Task<string?> ValueAsync(string resource, string variable, params string[] args) =>
        await ((ParameterResource)(await EnvironmentAsync(resource, args))[variable]).GetValueAsync(TestContext.Current.CancellationToken);

    private static async Task<Dictionary<string, object>> EnvironmentAsync(string resource, params string[] args)
    {
        var cancelled = TestContext.Current.CancellationToken;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.JackAutomotive_AppHost>(args, cancelled);
        var project = builder.Resources.Single(candidate => candidate.Name == resource);
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, project, cancellationToken: cancelled);
        foreach (var annotation in project.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables;
    }
}
