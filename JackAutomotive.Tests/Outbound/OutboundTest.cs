using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>The base of tests with one instance and a stand-in for the providers. It is ten o'clock in New York.</summary>
public abstract class OutboundTest(Servers servers) : IAsyncLifetime
{
    private protected WebhookApiFixture Fixture { get; } = new(servers);

    private protected ProviderServer Providers { get; private set; } = null!;

    private protected WebhookApiInstance Api { get; private set; } = null!;

    private protected OutboundDriver Driver { get; private set; } = null!;

    /// <summary>More settings of the instance.</summary>
    private protected virtual (string Name, string? Value)[] Settings => [];

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Fixture.InitializeAsync();
        Fixture.Time.Advance(TimeSpan.FromHours(3));
        Providers = await ProviderServer.StartAsync(Fixture.Time);
        Api = Fixture.Start([.. Providers.Settings, .. Settings]);
        Driver = new OutboundDriver(Fixture, Api);
    }

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Providers.DisposeAsync();
        await Fixture.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Advances the clock and sends what is due, until the job has the state.</summary>
    private protected async Task SendUntilAsync(Guid job, string state, TimeSpan step)
    {
        for (var i = 0; i < 100 && await Driver.StateAsync(job) != state; i++)
        {
            Fixture.Time.Advance(step);
            await Api.SendAsync();
        }

        Assert.Equal(state, await Driver.StateAsync(job));
    }
}
