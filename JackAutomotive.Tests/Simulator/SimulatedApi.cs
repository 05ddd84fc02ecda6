using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Simulator;

internal static class SimulatedApi
{
    /// <summary>
    /// Starts an instance with the simulator's secrets. The fixture's clock is set to the real time, with which the simulator signs.
    /// </summary>
    public static WebhookApiInstance StartWithSimulatorSecrets(this WebhookApiFixture fixture)
    {
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow);
        return fixture.Start(
            ("TWILIO_AUTH_TOKEN", RunningSimulator.AuthToken),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", RunningSimulator.Secret),
            ("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", RunningSimulator.LiveSecret),
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", RunningSimulator.InitiationSecret));
    }
}
