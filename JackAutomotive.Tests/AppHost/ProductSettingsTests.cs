using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace JackAutomotive.Tests.AppHost;

/// <summary>Which settings each service receives from the AppHost. These tests build the model and start nothing.</summary>
public class ProductSettingsTests
{
    private static readonly string[] s_accountSettings = ["ELEVENLABS_AGENT_ID", "TWILIO_ACCOUNT_SID", "TWILIO_PHONE_NUMBER"];

    [Theory]
    [InlineData("--JACK_PROVIDERS=simulated")]
    [InlineData("--JACK_PROVIDERS=real", "--TWILIO_AUTH_TOKEN=given", "--ELEVENLABS_POST_CALL_WEBHOOK_SECRET=given")]
    public async Task webhook_api_receives_no_account_number_or_agent_by_default(params string[] args) =>
        Assert.Empty(await AccountSettingsAsync("webhook-api", args));

    [Fact]
    public async Task The_simulator_receives_an_invented_account_number_and_agent() =>
        Assert.Equal(s_accountSettings, await AccountSettingsAsync("provider-simulator", "--JACK_PROVIDERS=simulated"));

    [Theory]
    [InlineData("--TWILIO_PHONE_NUMBER=+12025550107", "TWILIO_PHONE_NUMBER")]
    [InlineData("--Parameters:elevenlabs-agent-id=agent_ours", "ELEVENLABS_AGENT_ID")]
    [InlineData("--TWILIO_ACCOUNT_SID=AC1", "TWILIO_ACCOUNT_SID")]
    public async Task webhook_api_receives_a_configured_account_number_or_agent(string arg, string variable) =>
        Assert.Equal([variable], await AccountSettingsAsync("webhook-api", "--JACK_PROVIDERS=simulated", arg));

    [Fact]
    public async Task realtime_receives_the_stream_token_secret_and_no_secret_of_a_provider() =>
        Assert.Equal(["STREAM_ALLOWED_ORIGINS", "STREAM_TOKEN_SECRET"], await SettingsAsync("realtime"));

    [Fact]
    public async Task webhook_api_and_realtime_receive_the_same_stream_token_secret_and_the_simulator_receives_none()
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
    public async Task A_generated_stream_token_secret_is_long_enough(params string[] args) =>
        Assert.InRange((await ValueAsync("realtime", "STREAM_TOKEN_SECRET", args))!.Length, 32, 100);

    [Fact]
    public async Task With_real_providers_a_missing_secret_has_no_value_so_that_the_dashboard_asks_for_it()
    {
        string[] args = ["--JACK_PROVIDERS=real", "--TWILIO_AUTH_TOKEN=given"];
        Assert.Equal("given", await ValueAsync("webhook-api", "TWILIO_AUTH_TOKEN", args));
        await Assert.ThrowsAsync<MissingParameterValueException>(() => ValueAsync("webhook-api", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", args));
    }

    [Theory]
    [InlineData("TWILIO_API_BASE_URL")]
    [InlineData("ELEVENLABS_API_BASE_URL")]
    public async Task webhook_api_uses_the_simulators_API_unless_another_address_is_configured(string variable)
    {
        var simulated = (await EnvironmentAsync("webhook-api", "--JACK_PROVIDERS=simulated"))[variable];
        Assert.Equal("provider-simulator", Assert.IsType<EndpointReference>(simulated).Resource.Name);
        Assert.Equal(
            "http://stand-in:9000",
            await ValueAsync("webhook-api", variable, "--JACK_PROVIDERS=simulated", $"--{variable}=http://stand-in:9000"));
        Assert.Equal("", await ValueAsync(
            "webhook-api", variable, "--JACK_PROVIDERS=real", "--TWILIO_AUTH_TOKEN=given", "--ELEVENLABS_POST_CALL_WEBHOOK_SECRET=given"));
    }

    [Theory]
    [InlineData("Outbound__SimulatedAccountSid", "TWILIO_ACCOUNT_SID", "AC1")]
    [InlineData("Outbound__SimulatedPhoneNumber", "TWILIO_PHONE_NUMBER", "+12025550107")]
    [InlineData("Outbound__SimulatedAgentId", "ELEVENLABS_AGENT_ID", "agent_ours")]
    public async Task webhook_api_sends_with_the_simulators_identity_unless_one_is_configured(string variable, string identity, string ours)
    {
        Assert.Equal(
            await ValueAsync("provider-simulator", identity, "--JACK_PROVIDERS=simulated"),
            await ValueAsync("webhook-api", variable, "--JACK_PROVIDERS=simulated"));
        Assert.DoesNotContain(variable, (await EnvironmentAsync("webhook-api", "--JACK_PROVIDERS=simulated", $"--{identity}={ours}")).Keys);
    }

    [Fact]
    public async Task webhook_api_and_the_simulator_receive_the_same_key_and_number_of_the_ElevenLabs_API()
    {
        foreach (var variable in (string[])["ELEVENLABS_API_KEY", "ELEVENLABS_PHONE_NUMBER_ID"])
        {
            var values = (await EnvironmentAsync("webhook-api", "--JACK_PROVIDERS=simulated"))[variable];
            Assert.NotEmpty((await Assert.IsType<ParameterResource>(values).GetValueAsync(TestContext.Current.CancellationToken))!);
            Assert.Equal("given", await ValueAsync("provider-simulator", variable, "--JACK_PROVIDERS=simulated", $"--{variable}=given"));
            Assert.Equal("given", await ValueAsync("webhook-api", variable, "--JACK_PROVIDERS=simulated", $"--{variable}=given"));
        }
    }

    private static async Task<IEnumerable<string>> AccountSettingsAsync(string resource, params string[] args) =>
        (await EnvironmentAsync(resource, args)).Keys.Intersect(s_accountSettings).Order(StringComparer.Ordinal);

    // The settings of the product are parameters. Everything else in the environment comes from Aspire.
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
