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

    private static async Task<IEnumerable<string>> ComparedAsync(string resource, params string[] args)
    {
        var cancelled = TestContext.Current.CancellationToken;
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.JackAutomotive_AppHost>(args, cancelled);
        var project = builder.Resources.Single(candidate => candidate.Name == resource);
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, project, cancellationToken: cancelled);
        foreach (var annotation in project.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.EnvironmentVariables.Keys.Intersect(s_compared).Order(StringComparer.Ordinal);
    }
}
