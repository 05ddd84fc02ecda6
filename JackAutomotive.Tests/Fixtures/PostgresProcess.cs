using Npgsql;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A Postgres server for one test. Its data survive a restart.</summary>
internal sealed class PostgresProcess : ServerProcess
{
    private const string Password = "test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jack-postgres-");

    /// <summary>Connection string of the database <c>postgres</c>, which is empty.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Password = Password,
        Database = "postgres",
        MaxPoolSize = 20,
    }.ConnectionString;

    protected override (string Script, string[] Arguments, Dictionary<string, string> Environment) Command =>
    (
        LocalServers.PostgresScript,
        ["run", $"{Port}", "folder", _folder.FullName],
        new() { ["POSTGRES_PASSWORD"] = Password });

    public static async Task<PostgresProcess> RunAsync()
    {
        var postgres = new PostgresProcess();
        await postgres.StartAsync();
        return postgres;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    // Postgres listens some time before it accepts connections.
    protected override async Task<bool> IsReadyAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection($"{ConnectionString};Pooling=false");
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
