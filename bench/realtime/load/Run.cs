using System.Net;

namespace JackAutomotive.RealtimeLoad;

/// <summary>Runs one scenario against one server, from the first connection to the result.</summary>
internal sealed partial class Run : IDisposable
{
    private static readonly TimeSpan s_connectPatience = TimeSpan.FromSeconds(40);

    private readonly Settings _settings;
    private readonly Scenario _scenario;
    private readonly Loop _loop = new();
    private readonly Channels _channels;
    private readonly Tally _tally;
    private readonly Readers _readers;
    private readonly EventLog? _log;
    private readonly RedisTransport? _redis;
    private readonly HttpTransport? _http;
    private readonly Publisher? _publisher;
    private readonly Meter _meter;
    private readonly Result _result;

    public Run(Settings settings)
    {
        _settings = settings;
        _scenario = settings.Scenario;
        _channels = new Channels(_scenario.Channels);
        _tally = new Tally(_channels);
        _readers = new Readers(_loop, _channels, _tally, settings);
        _meter = new Meter(settings);
        _result = new Result
        {
            Peer = settings.Peer,
            Scenario = settings.ScenarioName,
            Readers = _scenario.Readers,
            Channels = _scenario.Channels,
        };
        if (_scenario.Kind != Kind.Idle)
        {
            _log = settings.Log is { } database ? new EventLog(database) : null;
            _redis = settings.Redis is { } redis ? new RedisTransport(_loop, redis, settings.AsProduct) : null;
            _http = _redis is null ? NewHttpTransport() : null;
            _publisher = new Publisher(_channels, new Messages(_channels, _scenario.MessageBytes), (ITransport?)_redis ?? _http!, _log);
        }
    }

    /// <summary>Runs the scenario and returns the result as a line of JSON.</summary>
    /// <exception cref="IOException">The server ended every stream, so the measurement is invalid.</exception>
    public string Execute()
    {
        _meter.BeforeReaders();
        Connect();
        RunLoop(TimeSpan.FromSeconds(_scenario.Kind == Kind.Idle ? 3 : 1));
        if (_publisher is not null)
        {
            Probe();
            Publish(_scenario.WarmUp);
            Drain(TimeSpan.FromSeconds(1), isMeasuring: false);
        }

        _meter.AfterWarmUp();
        Measure();
        if (_readers.Ended >= _readers.Count)
        {
            throw new IOException("The server ended every stream.");
        }

        _meter.Report(_result, _tally, _readers);
        if (_publisher is not null)
        {
            Report();
        }

        return _result.ToString();
    }

    public void Dispose() => _log?.Dispose();

    private HttpTransport NewHttpTransport()
    {
        var target = _settings.Post ?? throw new ArgumentException("--redis or --post is required.");
        var request = _settings.WebhookToken is { } token ? Requests.ToWebhook(target, token) : Requests.ToPeer(target, _settings.PostBody);
        return new HttpTransport(_loop, IPEndPoint.Parse(target.Authority), _settings.WebhookToken is null ? 16 : 64, request);
    }

    private void Measure()
    {
        if (_publisher is null)
        {
            _meter.Start();
            RunLoop(TimeSpan.FromSeconds(_scenario.Seconds));
            _meter.Stop(Loop.Now);
            return;
        }

        _tally.Start();
        _http?.Answers.Clear();
        _meter.Start();
        if (_scenario.Kind == Kind.Storm)
        {
            RunStorm();
            _meter.Stop(_tally.LastAt);
            return;
        }

        Stall(true);
        Publish(_scenario.Seconds);
        Drain(TimeSpan.FromSeconds(5), isMeasuring: true);
        _meter.Stop(_tally.LastAt);
        if (_scenario.Stalling > 0)
        {
            Recover();
        }
    }

    private void Connect()
    {
        var began = Loop.Now;
        OpenAll(_settings.OpenAtOnce, () => { });
        _result.Open = _readers.Open;
        _result.ConnectS = Math.Round((Loop.Now - began) / 1e9, 3);
        _result.ConnectCpuS = _meter.AfterOpening();
    }

    private void OpenAll(int atOnce, Action eachIteration)
    {
        var until = Loop.Now + Loop.Milliseconds(s_connectPatience.TotalMilliseconds);
        while (_readers.Open < _readers.Count && Loop.Now < until)
        {
            eachIteration();
            _readers.OpenSome(atOnce);
            RunLoop(Loop.Milliseconds(0.2));
        }
    }

    // Publishes one message to each channel until every reader has received one, which proves that all subscriptions work.
    private void Probe()
    {
        for (var round = 0; round < 3; round++)
        {
            var before = _tally.Received;
            var expected = _channels.Readers.Sum();
            PublishToAll();
            WaitUntil(() => _tally.Received - before >= expected, TimeSpan.FromSeconds(6));
            _result.Probed = _tally.Received - before;
            if (_tally.Received - before >= expected)
            {
                return;
            }
        }
    }

    private void PublishToAll()
    {
        for (var channel = 0; channel < _channels.Count;)
        {
            while (channel < _channels.Count && _publisher!.CanPublish)
            {
                _publisher.Publish(channel++, Loop.Now + _publisher.HeadStart);
            }

            RunLoop(Loop.Milliseconds(0.2));
        }
    }

    private void Publish(double seconds)
    {
        if (_scenario.Kind == Kind.Saturated)
        {
            Saturate(seconds);
        }
        else if (_scenario.Kind == Kind.Paced)
        {
            var pace = new Pace(_publisher!, _channels.Count, _scenario.Rate);
            var until = Loop.Now + Loop.Milliseconds(seconds * 1000);
            while (Loop.Now < until)
            {
                RunLoop(pace.PublishDue());
            }
        }
    }

    private void Saturate(double seconds)
    {
        var until = Loop.Now + Loop.Milliseconds(seconds * 1000);
        var maxPending = (long)_scenario.Window * _scenario.Readers / _channels.Count;
        var (channel, sent, before) = (0, 0L, _tally.Received);
        var (last, lastAt) = (0L, Loop.Now);
        while (Loop.Now < until)
        {
            while (_publisher!.CanPublish && sent - (_tally.Received - before) < maxPending)
            {
                _publisher.Publish(channel, Loop.Now);
                sent += _channels.Readers[channel];
                channel = (channel + 1) % _channels.Count;
            }

            RunLoop(Loop.Milliseconds(0.5));
            var received = _tally.Received - before;
            if (received != last)
            {
                (last, lastAt) = (received, Loop.Now);
            }
            else if (Loop.Now - lastAt > Loop.Milliseconds(3000))
            {
                // After 3 s without a delivery, the pending messages are taken as lost and no longer awaited.
                before = _tally.Received - sent;
                lastAt = Loop.Now;
            }
        }
    }

    private void Drain(TimeSpan maxIdle, bool isMeasuring)
    {
        var (last, lastAt) = (-1L, Loop.Now);
        while (Loop.Now - lastAt < Loop.Milliseconds(maxIdle.TotalMilliseconds) && !(isMeasuring && _tally.Delivered >= _channels.Expected))
        {
            RunLoop(_publisher!.MaxWait);
            if (_tally.Received != last)
            {
                (last, lastAt) = (_tally.Received, Loop.Now);
            }
        }
    }

    private void Report()
    {
        _result.Published = _channels.Published;
        _result.Expected = _channels.Expected;
        _result.Delivered = _tally.Delivered;
        _result.Lost = _channels.Expected - _tally.Delivered;
        _result.Doubled = _tally.Doubled;
        _result.Reordered = _tally.Reordered;
        _result.P50Ms = RoundToMicroseconds(_tally.Latency.MillisecondsAt(0.5));
        _result.P95Ms = RoundToMicroseconds(_tally.Latency.MillisecondsAt(0.95));
        _result.P99Ms = RoundToMicroseconds(_tally.Latency.MillisecondsAt(0.99));
        _result.MaxMs = RoundToMicroseconds(_tally.Latency.Longest / 1e6);
        _result.PublishErrors = _publisher!.Errors;
        _result.Republished = _redis?.Republished;
        _result.AckP50Ms = _http is null ? null : RoundToMicroseconds(_http.Answers.MillisecondsAt(0.5));
        _result.AckP95Ms = _http is null ? null : RoundToMicroseconds(_http.Answers.MillisecondsAt(0.95));
        _result.AckP99Ms = _http is null ? null : RoundToMicroseconds(_http.Answers.MillisecondsAt(0.99));
    }

    private bool WaitUntil(Func<bool> condition, TimeSpan atMost)
    {
        var until = Loop.Now + Loop.Milliseconds(atMost.TotalMilliseconds);
        while (!condition() && Loop.Now < until)
        {
            RunLoop(_publisher!.MaxWait);
        }

        return condition();
    }

    private void RunLoop(TimeSpan duration)
    {
        var until = Loop.Now + Loop.Milliseconds(duration.TotalMilliseconds);
        while (Loop.Now < until)
        {
            RunLoop(Loop.Milliseconds(5));
        }
    }

    private void RunLoop(long nanoseconds)
    {
        _publisher?.Flush();
        _loop.RunOnce(nanoseconds);
    }

    private static double RoundToMicroseconds(double value) => Math.Round(value, 3);
}
