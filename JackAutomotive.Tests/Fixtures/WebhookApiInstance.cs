using System.Diagnostics.Metrics;
using System.Net.Http.Headers;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Outbound;
using JackAutomotive.WebhookApi.Scoring;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>One instance of the WebhookApi service: the real program on Kestrel, on its own port.</summary>
internal sealed class WebhookApiInstance : WebApplicationFactory<InboxWorker>
{
    /// <summary>An API key with every scope.</summary>
    public const string Key = "test-key-with-all-scopes-and-enough-characters";

    private readonly TimeProvider _time;
    private readonly List<(string Name, string? Value)> _settings;
    private readonly MeterListener _meters = new();
    private readonly Dictionary<string, long> _counts = [];
    private Action<IServiceCollection> _services = _ => { };
    private string _environment = Environments.Production;

    private WebhookApiInstance(TimeProvider time, List<(string Name, string? Value)> settings)
    {
        _time = time;
        _settings = settings;
        UseKestrel(0);
    }

    /// <summary>The base address of the instance.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>A client that sends the API key.</summary>
    public HttpClient Client { get; private set; } = null!;

    /// <summary>All log entries of the instance.</summary>
    public LogCollector Logs { get; } = new();

    /// <summary>Builds texts that are signed for the address of this instance.</summary>
    public IncomingSmsDriver Sms => new(Address);

    /// <summary>Builds post-call webhooks that are signed at the time of this instance's clock.</summary>
    public PostCallDriver PostCall => new(_time);

    public static WebhookApiInstance Start(
        Action<WebhookApiInstance> configure,
        TimeProvider time,
        params (string Name, string? Value)[] settings)
    {
        var instance = new WebhookApiInstance(time,
        [
            ("TWILIO_AUTH_TOKEN", IncomingSmsDriver.Token),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", PostCallDriver.Secret),
            ("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", ConversationEventsDriver.Secret),
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", InitiationDriver.Secret),
            ("JACK_API_KEY", Key),
            ("STREAM_TOKEN_SECRET", RealtimeFixture.TokenSecret),
            ("PUBLIC_BASE_URL", ""),
            ("Inbox:ProcessDeliveries", "false"),
            ("Scoring:Enabled", "false"),
            ("Scoring:QuietTime", "00:00:00"),
            ("Outbound:Dispatch", "false"),
            .. settings,
        ]);
        configure(instance);
        try
        {
            instance.StartServer();
        }
        catch
        {
            instance.Dispose();
            throw;
        }

        var server = instance.Services.GetRequiredService<IServer>();
        instance.Address = new Uri(server.Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());
        instance.Client = instance.NewClient(Key);
        instance.CountMetrics();
        return instance;
    }

    public WebhookApiInstance In(string environment)
    {
        _environment = environment;
        return this;
    }

    public WebhookApiInstance With(Action<IServiceCollection> services)
    {
        _services = services;
        return this;
    }

    /// <summary>Handles every delivery that is due, and returns the number of attempts.</summary>
    public Task<int> DrainAsync() => Services.GetRequiredService<InboxWorker>().DrainAsync(TestContext.Current.CancellationToken);

    /// <summary>Analyses every conversation that is due, and returns the number of attempts.</summary>
    public Task<int> AnalyseAsync() => Services.GetRequiredService<AnalysisWorker>().DrainAsync(TestContext.Current.CancellationToken);

    /// <summary>Computes the scores of all leads that are due, and returns their number.</summary>
    public Task<int> ScoreAsync() => Services.GetRequiredService<ScoreWorker>().RunAsync(TestContext.Current.CancellationToken);

    /// <summary>Sends every text and call that is due, and returns the number of jobs that were handled.</summary>
    public Task<int> SendAsync() => Services.GetRequiredService<OutboundWorker>().DrainAsync(TestContext.Current.CancellationToken);

    public HttpClient NewClient(string? key)
    {
        var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>The value of a counter of this instance, over the measurements that have all of the tags.</summary>
    public long ReadCounter(string instrument, params string[] tags)
    {
        lock (_counts)
        {
            return _counts.Where(count => count.Key.StartsWith($"jackautomotive.{instrument}|", StringComparison.Ordinal)
                && tags.All(tag => count.Key.Contains($"|{tag}|", StringComparison.Ordinal))).Sum(count => count.Value);
        }
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureTestServices(services =>
        {
            services.AddSingleton(_time);
            services.AddLogging(logging => logging.ClearProviders().AddProvider(Logs).SetMinimumLevel(LogLevel.Information));
            _services(services);
        });
    }

    protected override IHost CreateHost(IHostBuilder builder)
    {
        builder.UseEnvironment(_environment);
        return base.CreateHost(builder);
    }

    protected override void Dispose(bool disposing)
    {
        _meters.Dispose();
        base.Dispose(disposing);
    }

    private void CountMetrics()
    {
        var ownMeters = Services.GetRequiredService<IMeterFactory>();
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == ownMeters && instrument is Counter<long>)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name}|{string.Join('|', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}|";
            lock (_counts)
            {
                _counts[key] = _counts.GetValueOrDefault(key) + value;
            }
        });
        _meters.Start();
    }
}
