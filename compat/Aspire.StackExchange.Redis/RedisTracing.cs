using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using StackExchange.Redis;
using StackExchange.Redis.Profiling;

namespace Aspire.StackExchange.Redis;

/// <summary>
/// Turns profiled commands into client spans, children of the activity that was current when the command was issued.
/// The client only tells a profiling session of a command, never of its activity, and only after the command has completed. So
/// every activity that issues commands has a session of its own, and a timer collects from all of them.
/// </summary>
internal sealed class RedisTracing : IDisposable
{
    /// <summary>The name under which Redis spans are known to OpenTelemetry users.</summary>
    public const string SourceName = "OpenTelemetry.Instrumentation.StackExchangeRedis";

    private static readonly TimeSpan s_drainInterval = TimeSpan.FromSeconds(1);
    private static readonly ActivitySource s_source = new(SourceName);

    private readonly ConcurrentDictionary<ActivityContext, CommandsOfActivity> _commands = new();
    private readonly Lock _drainLock = new();
    private readonly Timer _timer;

    public RedisTracing() => _timer = new Timer(static tracing => ((RedisTracing)tracing!).Drain(), this, s_drainInterval, s_drainInterval);

    public void Watch(IConnectionMultiplexer connection) => connection.RegisterProfiler(SessionOfCurrentActivity);

    public void Dispose()
    {
        _timer.Dispose();
        Drain();
    }

    private void Drain()
    {
        // A span without a parent would take whatever activity is current here: the one that happened to resolve the first client.
        var current = Activity.Current;
        Activity.Current = null;
        lock (_drainLock)
        {
            foreach (var (parent, commands) in _commands)
            {
                foreach (var command in commands.TakeCompleted())
                {
                    Record(parent, command);
                }

                if (commands.TryClose())
                {
                    _commands.TryRemove(new(parent, commands));
                }
            }
        }

        Activity.Current = current;
    }

    private ProfilingSession? SessionOfCurrentActivity()
    {
        // Nor has an activity that is not recorded, such as a health request, children that are.
        if (!s_source.HasListeners() || Activity.Current is { Recorded: false })
        {
            return null;
        }

        var parent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Context : default;
        while (true)
        {
            var commands = _commands.GetOrAdd(parent, static _ => new CommandsOfActivity());
            if (commands.TryIssue())
            {
                return commands.Session;
            }

            // Just closed by a drain, which is about to remove it.
            _commands.TryRemove(new(parent, commands));
        }
    }

    private static void Record(ActivityContext parent, IProfiledCommand command)
    {
        var name = string.IsNullOrEmpty(command.Command) ? $"{SourceName}.Execute" : command.Command;
        var start = command.CommandCreated;
        using var activity = s_source.StartActivity(name, ActivityKind.Client, parent, startTime: start);
        if (activity is null)
        {
            return;
        }

        activity.SetEndTime(start + command.ElapsedTime);
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        // The names of today's conventions and the ones before them: dashboards still look for both.
        activity.SetTag("db.system.name", "redis").SetTag("db.system", "redis");
        activity.SetTag("db.operation.name", command.Command);
        activity.SetTag("db.query.text", command.Command).SetTag("db.statement", command.Command);
        activity.SetTag("db.namespace", command.Db.ToString(CultureInfo.InvariantCulture)).SetTag("db.redis.database_index", command.Db);
        AddServer(activity, command.EndPoint);

        var enqueued = start + command.CreationToEnqueued;
        var sent = enqueued + command.EnqueuedToSending;
        activity.AddEvent(new("Enqueued", enqueued)).AddEvent(new("Sent", sent));
        activity.AddEvent(new("ResponseReceived", sent + command.SentToResponse));
    }

    private static void AddServer(Activity activity, EndPoint? endPoint)
    {
        switch (endPoint)
        {
            case IPEndPoint ip:
                var address = ip.Address.ToString();
                activity.SetTag("server.address", address).SetTag("server.port", ip.Port);
                activity.SetTag("network.peer.address", address).SetTag("network.peer.port", ip.Port);
                break;
            case DnsEndPoint dns:
                activity.SetTag("server.address", dns.Host).SetTag("server.port", dns.Port);
                break;
            case not null:
                activity.SetTag("server.address", endPoint.ToString());
                break;
        }
    }

    /// <summary>The session of one activity, and how many of its commands have been issued and not yet collected.</summary>
    private sealed class CommandsOfActivity
    {
        private const long Closed = -1;

        /// <summary>How long to wait for a command: one that was refused before it was sent never reaches its session.</summary>
        private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

        private long _issued;
        private long _collected;
        private long _lastIssuedAt = Stopwatch.GetTimestamp();

        public ProfilingSession Session { get; } = new();

        /// <summary>Counts one more command; false when the session has been closed.</summary>
        public bool TryIssue()
        {
            Volatile.Write(ref _lastIssuedAt, Stopwatch.GetTimestamp());
            var issued = Volatile.Read(ref _issued);
            while (issued != Closed)
            {
                var seen = Interlocked.CompareExchange(ref _issued, issued + 1, issued);
                if (seen == issued)
                {
                    return true;
                }

                issued = seen;
            }

            return false;
        }

        public IEnumerable<IProfiledCommand> TakeCompleted()
        {
            foreach (var command in Session.FinishProfiling())
            {
                _collected++;
                yield return command;
            }
        }

        /// <summary>Closes the session when nothing is outstanding. A retransmitted command is collected twice.</summary>
        public bool TryClose()
        {
            var issued = Volatile.Read(ref _issued);
            var isDone = _collected >= issued || Stopwatch.GetElapsedTime(Volatile.Read(ref _lastIssuedAt)) > s_patience;
            return isDone && Interlocked.CompareExchange(ref _issued, Closed, issued) == issued;
        }
    }
}
