using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Instrumentation.AspNetCore;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using static JackAutomotive.Tests.Fixtures.StreamTokenMaker;

namespace JackAutomotive.Tests.Realtime.Access;

/// <summary>A token opens streams for anyone who reads it, so the token appears only in the request.</summary>
public sealed class TokenSecrecyTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>, IDisposable
{
    private readonly Exported _exported = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_token_appears_in_a_log_a_span_a_measurement_or_a_response()
    {
        using var logs = new LogCollector();
        await using var instance = StartVerbose(logs);
        _exported.Port = instance.Address.Port;
        var (lead, other) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        string[] tokens =
        [
            Token(leads: [lead]), Token(TimeSpan.FromMinutes(-1)), Token(secret: "a-secret-that-somebody-else-made-up"), "half.a-token",
        ];
        var answers = await SendTokensInEveryWayAsync(instance, tokens, lead, other);
        await Wait.UntilAsync(() => _exported.Spans.Count >= answers.Count - tokens.Length, "a span of each request except health requests");
        instance.Services.GetRequiredService<MeterProvider>().ForceFlush();

        var log = string.Join('\n', logs.Entries);
        var spans = string.Join('\n', _exported.Spans);
        var measurements = string.Join('\n', _exported.Measurements);

        // The records that could contain a token exist, and they contain the rest of the address.
        Assert.Contains($"Request starting HTTP/1.1 GET {instance.Address}api/stream/conversation/{lead}?lastEventId=0", log);
        Assert.Contains("url.query=?lastEventId=", spans);
        Assert.Contains($"request=/api/stream/conversation/{lead}?lastEventId=0", spans);
        Assert.Contains("http.route=/api/stream/conversation/{leadId}", measurements);
        Assert.Contains(answers, answer => answer.Status == HttpStatusCode.OK);
        foreach (var secret in tokens.SelectMany(token => token.Split('.').Skip(1)).Append(RealtimeFixture.TokenSecret))
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, spans, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, measurements, StringComparison.Ordinal);
            Assert.All(answers, answer => Assert.DoesNotContain(secret, answer.Text, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("?access_token=t", "t", "")]
    [InlineData("?a=1&access_token=t&b=2", "t", "?a=1&b=2")]
    [InlineData("?access%5Ftoken=t&a=1", "t", "?a=1")]
    [InlineData("?Access_Token=t", "t", "")]
    [InlineData("?access_token=t&access_token=u", "t", "")]
    [InlineData("?access_token", "", "")]
    [InlineData("?a=%20%26&access_token=t%2B", "t+", "?a=%20%26")]
    [InlineData("?a=1&&b", null, "?a=1&&b")]
    [InlineData("?not_access_token=t", null, "?not_access_token=t")]
    public void The_token_is_removed_from_the_query_and_the_rest_stays_unchanged(string query, string? token, string rest) =>
        Assert.Equal((token, rest), QueryToken.Split(query));

    public void Dispose() => _exported.Dispose();

    // The most verbose configuration: every log level, and the raw address in each span, because spans redact query strings by default.
    private RealtimeInstance StartVerbose(LogCollector logs) => fixture.StartInstance(
        services =>
        {
            services.AddLogging(logging => logging
                .AddProvider(logs).SetMinimumLevel(LogLevel.Trace).AddFilter<LogCollector>(null, LogLevel.Trace));
            services.AddOpenTelemetry()
                .WithTracing(traces => traces.SetSampler(new AlwaysOnSampler()).AddProcessor(new SimpleActivityExportProcessor(_exported)))
                .WithMetrics(metrics => metrics.AddReader(new BaseExportingMetricReader(_exported.Metrics)));
            services.Configure<AspNetCoreTraceInstrumentationOptions>(options => options.EnrichWithHttpRequest = (span, request) =>
                span.SetTag("request", $"{request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget} {request.QueryString}"));
        });

    private static async Task<List<(HttpStatusCode Status, string Text)>> SendTokensInEveryWayAsync(
        RealtimeInstance instance, string[] tokens, LeadId lead, LeadId other)
    {
        var answers = new List<(HttpStatusCode, string)>();
        foreach (var token in tokens)
        {
            using var anonymous = instance.NewClient(null);
            using var bearer = instance.NewClient(token);
            foreach (var (client, address) in new[]
            {
                (anonymous, $"/api/stream/conversation/{lead}?lastEventId=0&access_token={token}"),
                (anonymous, $"/api/stream/conversation/{other}?access_token={token}"),
                (anonymous, $"/api/no-such-thing?access_token={token}"),
                (anonymous, $"/alive?access_token={token}"),
                (bearer, $"/api/stream/conversation/{lead}"),
                (bearer, $"/api/stream/conversation/{other}"),
            })
            {
                using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
                var text = answer.IsSuccessStatusCode ? "" : await answer.Content.ReadAsStringAsync(Cancellation);
                answers.Add((answer.StatusCode, $"{answer.Headers} {text}"));
            }
        }

        return answers;
    }

    /// <summary>Records as text what OpenTelemetry would export.</summary>
    private sealed class Exported : BaseExporter<Activity>
    {
        public ConcurrentQueue<string> Spans { get; } = new();

        public int Port { get; set; }

        public ConcurrentQueue<string> Measurements => Metrics.Seen;

        public MetricTags Metrics { get; } = new();

        public override ExportResult Export(in Batch<Activity> batch)
        {
            foreach (var span in batch)
            {
                var tags = span.TagObjects.Concat(span.Events.SelectMany(e => e.Tags)).Select(tag => $"{tag.Key}={tag.Value}");

                // Spans of other instances in this process arrive here too.
                if (span.GetTagItem("server.port") is int port && port == Port)
                {
                    Spans.Enqueue($"{span.DisplayName} {span.StatusDescription} {string.Join(';', tags)}");
                }
            }

            return ExportResult.Success;
        }
    }

    private sealed class MetricTags : BaseExporter<Metric>
    {
        public ConcurrentQueue<string> Seen { get; } = new();

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    foreach (var tag in point.Tags)
                    {
                        Seen.Enqueue($"{metric.Name} {tag.Key}={tag.Value}");
                    }
                }
            }

            return ExportResult.Success;
        }
    }
}
