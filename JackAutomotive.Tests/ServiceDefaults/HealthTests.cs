using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace JackAutomotive.Tests.ServiceDefaults;

public sealed class HealthTests
{
    [Theory]
    [InlineData("Development")]
    [InlineData("Production")]
    public async Task Both_health_endpoints_answer_in_every_environment(string environment)
    {
        await using var app = await StartAsync(environment: environment);
        using var client = new HttpClient { BaseAddress = app.Address };

        foreach (var path in (string[])["/alive", "/health"])
        {
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Health_reports_status_description_and_duration_of_each_check()
    {
        await using var app = await StartAsync(checks => checks.AddCheck("crm", () => HealthCheckResult.Degraded("slow today")));

        var (status, report) = await ReadAsync(app, "/health");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("Degraded", report.GetProperty("status").GetString());
        var crm = report.GetProperty("checks").GetProperty("crm");
        Assert.Equal("Degraded", crm.GetProperty("status").GetString());
        Assert.Equal("slow today", crm.GetProperty("description").GetString());
        Assert.True(crm.GetProperty("durationMs").GetDouble() >= 0);
        Assert.Equal("Healthy", report.GetProperty("checks").GetProperty("self").GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_failing_check_makes_health_answer_503_while_alive_answers_200()
    {
        await using var app = await StartAsync(checks => checks.AddCheck("crm", () => HealthCheckResult.Unhealthy("no answer")));

        var (status, report) = await ReadAsync(app, "/health");
        var (alive, _) = await ReadAsync(app, "/alive");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("no answer", report.GetProperty("checks").GetProperty("crm").GetProperty("description").GetString());
        Assert.Equal(HttpStatusCode.OK, alive);
    }

    [Theory]
    [InlineData("cannot connect with Host=db;Password=hunter2;Database=crm")]
    [InlineData("cannot connect with Host=db;pwd='hunter2';Database=crm")]
    [InlineData("cannot connect with postgres://jack:hunter2@db/crm")]
    [InlineData("cannot connect to db\n   at Some.Code(hunter2)")]
    public async Task Health_reveals_neither_a_stack_trace_nor_credentials(string message)
    {
        await using var app = await StartAsync(checks => checks.AddCheck("crm", () => throw new InvalidOperationException(message)));

        var (_, report) = await ReadAsync(app, "/health");

        var description = report.GetProperty("checks").GetProperty("crm").GetProperty("description").GetString();
        Assert.StartsWith("cannot connect", description, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", report.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", report.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_requests_are_not_traced_and_other_requests_are()
    {
        using var spans = new FinishedSpans();
        await using var app = await StartAsync(services: services =>
            services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddProcessor(spans)));
        using var client = new HttpClient { BaseAddress = app.Address };
        spans.Port = app.Address.Port;

        foreach (var path in (string[])["/alive", "/health", "/work"])
        {
            using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        }

        Assert.Equal("/work", await spans.Requests.ReadAsync(TestContext.Current.CancellationToken));
        Assert.False(spans.Requests.TryRead(out _));
    }

    [Fact]
    public async Task Calls_made_by_a_health_check_are_not_traced()
    {
        using var source = new ActivitySource($"health-{Guid.NewGuid():N}");
        var traced = Channel.CreateUnbounded<bool>();
        HealthCheckResult Ask()
        {
            using var activity = source.StartActivity("ask");
            traced.Writer.TryWrite(activity is not null);
            return HealthCheckResult.Healthy();
        }

        await using var app = await StartAsync(
            checks => checks.AddCheck("asking", Ask),
            services => services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddSource(source.Name)));
        Ask();
        await ReadAsync(app, "/health");

        Assert.True(await traced.Reader.ReadAsync(TestContext.Current.CancellationToken), "outside a health request it is traced");
        Assert.False(await traced.Reader.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<RunningApp> StartAsync(
        Action<IHealthChecksBuilder>? checks = null, Action<IServiceCollection>? services = null, string environment = "Development")
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        checks?.Invoke(builder.Services.AddHealthChecks());
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/work", () => Results.Ok());
        return await RunningApp.StartAsync(app);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Report)> ReadAsync(RunningApp app, string path)
    {
        using var client = new HttpClient { BaseAddress = app.Address };
        using var answer = await client.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var json = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonDocument.Parse(json).RootElement);
    }

    /// <summary>
    /// The paths of the finished requests to one port, oldest first. The port selects the requests of this test, because a processor receives
    /// the spans of the whole process.
    /// </summary>
    private sealed class FinishedSpans : BaseProcessor<Activity>
    {
        private readonly Channel<string> _requests = Channel.CreateUnbounded<string>();

        public int Port { get; set; }

        public ChannelReader<string> Requests => _requests.Reader;

        public override void OnEnd(Activity data)
        {
            if (data.Kind == ActivityKind.Server && data.GetTagItem("server.port") is int port && port == Port)
            {
                _requests.Writer.TryWrite((string)data.GetTagItem("url.path")!);
            }
        }
    }
}
