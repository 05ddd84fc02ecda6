using JackAutomotive.Tests.Fixtures;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.Tests.AppHost;

/// <summary>The scripts that run PostgreSQL and Redis as processes of this machine.</summary>
public sealed class LocalServersTests : IDisposable
{
    // The characters have a special meaning in shells, in SQL, in connection strings and in the Redis configuration.
    private const string AwkwardPassword = "it's \"a\" $(b) \\ c";

    private readonly string _folder = Directory.CreateTempSubdirectory("jackautomotive-test-").FullName;

    [Fact]
    public async Task PostgreSQL_data_survives_a_restart_with_another_password()
    {
        await using (var server = LocalServer.StartPostgres(_folder, "first"))
        {
            await server.WaitForOutputAsync("ready to accept connections");
            await QueryAsync(server, "first", "CREATE TABLE kept AS SELECT 42 AS answer");
            Assert.Equal(0, await server.StopAsync());
        }

        await using (var server = LocalServer.StartPostgres(_folder, AwkwardPassword))
        {
            await server.WaitForOutputAsync("ready to accept connections");
            Assert.Equal(42, await QueryAsync(server, AwkwardPassword, "SELECT answer FROM kept"));
            await Assert.ThrowsAsync<PostgresException>(() => QueryAsync(server, "first", "SELECT 1"));
        }
    }

    [Fact]
    public async Task A_PostgreSQL_server_stops_without_waiting_for_its_clients()
    {
        await using var server = LocalServer.StartPostgres(_folder, "secret");
        await server.WaitForOutputAsync("ready to accept connections");
        await using var client = new NpgsqlConnection(ConnectionString(server, "secret"));
        await client.OpenAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_killed_launcher_leaves_no_PostgreSQL_server_behind()
    {
        await using (var killed = LocalServer.StartPostgres(_folder, "secret"))
        {
            await killed.WaitForOutputAsync("ready to accept connections");
            killed.Kill();
            await Wait.UntilAsync(() => !killed.IsListening(), "the end of the server");
        }

        await using var next = LocalServer.StartPostgres(_folder, "secret");
        await next.WaitForOutputAsync("ready to accept connections");
        Assert.Equal(1, await QueryAsync(next, "secret", "SELECT 1"));
    }

    [Fact]
    public async Task A_second_PostgreSQL_server_on_the_same_data_waits_for_the_first_to_stop()
    {
        await using var first = LocalServer.StartPostgres(_folder, "secret");
        await first.WaitForOutputAsync("ready to accept connections");
        await using var second = LocalServer.StartPostgres(_folder, "secret");
        await second.WaitForOutputAsync("waiting for it to stop");
        Assert.False(second.IsListening());

        await first.StopAsync();

        await second.WaitForOutputAsync("ready to accept connections");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_from_PATH_or_embedded_keeps_its_data_publishes_and_requires_its_password(bool isEmbedded)
    {
        var path = isEmbedded ? CreatePathWithoutRedis() : null;
        for (var run = 1; run <= 2; run++)
        {
            await using var server = LocalServer.StartRedis(_folder, AwkwardPassword, path);
            await server.WaitForListenerAsync();
            var commandLine = await File.ReadAllTextAsync($"/proc/{server.ProcessId}/cmdline", TestContext.Current.CancellationToken);
            Assert.DoesNotContain("it's", commandLine, StringComparison.Ordinal);
            if (isEmbedded)
            {
                Assert.Contains("dotnet", commandLine, StringComparison.Ordinal);
            }

            await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectAsync(server, "wrong"));
            await using var redis = await ConnectAsync(server, AwkwardPassword);
            Assert.Equal(run, await redis.GetDatabase().StringIncrementAsync("runs"));

            var received = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            await redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal("news"), (_, message) => received.TrySetResult(message));
            await redis.GetSubscriber().PublishAsync(RedisChannel.Literal("news"), "hello");
            Assert.Equal("hello", await received.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));

            Assert.Equal(0, await server.StopAsync());
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string ConnectionString(LocalServer server, string password) =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "localhost",
            Port = server.Port,
            Username = "postgres",
            Database = "postgres",
            Password = password,
            Pooling = false,
        }.ConnectionString;

    private static async Task<object?> QueryAsync(LocalServer server, string password, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(server, password));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<IConnectionMultiplexer> ConnectAsync(LocalServer server, string password) =>
        await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
        {
            EndPoints = { { "127.0.0.1", server.Port } },
            Password = password,
            ConnectRetry = 0,
            ConnectTimeout = 5000,
        });

    /// <summary>Returns a PATH with the programs that the script uses, but without Redis.</summary>
    private string CreatePathWithoutRedis()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "path")).FullName;
        foreach (var program in new[] { "bash", "cat", "dotnet", "flock", "mkdir" })
        {
            var folders = Environment.GetEnvironmentVariable("PATH")!.Split(':');
            var found = folders.Select(candidate => Path.Combine(candidate, program)).First(File.Exists);
            File.CreateSymbolicLink(Path.Combine(folder, program), found);
        }

        return folder;
    }
}
