namespace JackAutomotive.Tests.AppHost;

/// <summary>
/// One running system, shared by the tests that leave it unchanged, because a start takes as long as ten other tests. Each test uses its
/// own phone numbers. The tests of the collection run one after the other.
/// </summary>
public sealed class SharedSystem : IAsyncLifetime
{
    private RunningSystem? _system;

    internal RunningSystem System => _system ?? throw new InvalidOperationException("The system has not started.");

    public async ValueTask InitializeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        _system = await RunningSystem.StartAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_system is not null)
        {
            await _system.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class SharedSystemTests : ICollectionFixture<SharedSystem>
{
    public const string Name = "shared system";
}
