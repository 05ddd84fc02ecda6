namespace JackAutomotive.Tests.Fixtures;

/// <summary>The Realtime service as a process of its own.</summary>
/// <param name="fixture">Its database and its Redis.</param>
/// <param name="settings">Environment variables.</param>
internal sealed class RealtimeProcess(RealtimeFixture fixture, params (string Name, string Value)[] settings)
    : ServiceProcess(
        "JackAutomotive.Realtime",
        [("ConnectionStrings__crm", fixture.DatabaseConnection), ("ConnectionStrings__redis", fixture.RedisConnection), .. settings]);
