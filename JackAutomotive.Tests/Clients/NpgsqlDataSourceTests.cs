using System.Diagnostics;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace JackAutomotive.Tests.Clients;

/// <summary>What the services count on when they say <c>AddNpgsqlDataSource</c>.</summary>
public sealed class NpgsqlDataSourceTests(Servers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_connection_string_is_found_by_name_and_the_server_is_healthy()
    {
        using var host = await Build(
            new() { ["ConnectionStrings:crm"] = await servers.CreateDatabaseAsync(Cancelled) },
            builder => builder.AddNpgsqlDataSource("crm")).StartedAsync();

        var report = await host.HealthAsync();

        Assert.Equal(("PostgreSql", HealthStatus.Healthy), (Assert.Single(report.Entries).Key, report.Status));
        Assert.Empty(report.Entries["PostgreSql"].Tags);
        await using var connection = host.Services.GetRequiredService<NpgsqlConnection>();
        await connection.OpenAsync(Cancelled);
        Assert.StartsWith("test_", connection.Database, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_unhealthy_and_stops_nobody_from_starting()
    {
        using var host = await Build(
            new() { ["ConnectionStrings:crm"] = "Host=127.0.0.1;Port=1;Username=nobody;Timeout=2" },
            builder => builder.AddNpgsqlDataSource("crm")).StartedAsync();

        var entry = (await host.HealthAsync()).Entries["PostgreSql"];

        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.NotNull(entry.Exception);
    }

    [Fact]
    public async Task A_missing_connection_string_is_told_when_the_data_source_is_first_needed()
    {
        using var host = await Build([], builder => builder.AddNpgsqlDataSource("crm")).StartedAsync();

        var error = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<NpgsqlDataSource>);

        Assert.Contains("'ConnectionStrings:crm'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_are_read_from_the_general_to_the_particular_and_the_callback_has_the_last_word()
    {
        var seen = new List<string?>();
        Build(
            new()
            {
                ["Aspire:Npgsql:ConnectionString"] = "Host=section",
                ["Aspire:Npgsql:DisableTracing"] = "true",
                ["Aspire:Npgsql:second:ConnectionString"] = "Host=named",
                ["Aspire:Npgsql:third:ConnectionString"] = "Host=named",
                ["ConnectionStrings:third"] = "Host=connection-string",
            },
            builder =>
            {
                builder.AddNpgsqlDataSource("first", settings => seen.Add(settings.ConnectionString));
                builder.AddNpgsqlDataSource("second", settings => seen.Add(settings.ConnectionString));
                builder.AddNpgsqlDataSource("third", settings =>
                {
                    seen.Add(settings.ConnectionString);
                    Assert.True(settings.DisableTracing);
                    Assert.False(settings.DisableMetrics);
                    settings.ConnectionString = "Host=callback";
                });
            }).Dispose();

        Assert.Equal(["Host=section", "Host=named", "Host=connection-string"], seen);
    }

    [Fact]
    public async Task Keyed_data_sources_have_their_own_settings_and_health_check()
    {
        using var host = await Build(
            new()
            {
                ["ConnectionStrings:one"] = await servers.CreateDatabaseAsync(Cancelled),
                ["ConnectionStrings:two"] = "Host=127.0.0.1;Port=1;Username=nobody;Timeout=2",
                ["Aspire:Npgsql:three:DisableHealthChecks"] = "true",
            },
            builder =>
            {
                builder.AddKeyedNpgsqlDataSource(
                    "one",
                    configureDataSourceBuilder: source => source.ConnectionStringBuilder.ApplicationName = "tests");
                builder.AddKeyedNpgsqlDataSource("two");
                builder.AddKeyedNpgsqlDataSource("three");
            }).StartedAsync();

        var report = await host.HealthAsync();

        Assert.Equal(HealthStatus.Healthy, report.Entries["PostgreSql_one"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["PostgreSql_two"].Status);
        Assert.Equal(2, report.Entries.Count);
        var one = host.Services.GetRequiredKeyedService<NpgsqlDataSource>("one");
        Assert.Equal("tests", new NpgsqlConnectionStringBuilder(one.ConnectionString).ApplicationName);
        Assert.Null(host.Services.GetService<NpgsqlDataSource>());
    }

    [Fact]
    public async Task Adding_a_data_source_twice_leaves_one_health_check()
    {
        using var host = Build(new() { ["ConnectionStrings:crm"] = await servers.CreateDatabaseAsync(Cancelled) }, builder =>
        {
            builder.AddNpgsqlDataSource("crm");
            builder.AddNpgsqlDataSource("crm");
        });

        Assert.Single((await host.HealthAsync()).Entries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commands_become_spans_and_metrics_unless_switched_off(bool disabled)
    {
        var telemetry = new CollectedTelemetry();
        using var host = await Build(new() { ["ConnectionStrings:crm"] = await servers.CreateDatabaseAsync(Cancelled) }, builder =>
        {
            builder.AddNpgsqlDataSource("crm", settings => settings.DisableTracing = settings.DisableMetrics = disabled);
            telemetry.AddTo(builder);
        }).StartedAsync();

        ActivityTraceId trace;
        using (var activity = telemetry.Start())
        {
            trace = activity.TraceId;
            await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(Cancelled);
        }

        Assert.Equal(!disabled, telemetry.Spans(trace).Any(span => span.Source.Name == "Npgsql"));
        Assert.Equal(!disabled, telemetry.Meters(host).Contains("Npgsql"));
    }

    private static IHost Build(Dictionary<string, string?> configuration, Action<HostApplicationBuilder> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration);
        configure(builder);
        return builder.Build();
    }
}
