using System.Globalization;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>The faults that are switched on, in memory.</summary>
internal sealed class ApiFaults
{
    private readonly Lock _lock = new();
    private readonly List<(ApiFault Fault, Random Random)> _faults = [];
    private int _lastId;

    /// <summary>All faults, those that have ended included, in the order in which they were switched on.</summary>
    public IReadOnlyList<ApiFault> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _faults.Select(active => active.Fault)];
            }
        }
    }

    /// <summary>Switches a fault on. The fault gets a new id.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="seed">Decides which requests the fault hits.</param>
    public ApiFault Add(ApiFault fault, int seed)
    {
        lock (_lock)
        {
            var added = fault with { Id = string.Create(CultureInfo.InvariantCulture, $"fault-{++_lastId}") };
            _faults.Add((added, new Random(seed)));
            return added;
        }
    }

    /// <summary>Switches one fault off. Returns false if no fault has this id.</summary>
    public bool Remove(string id)
    {
        lock (_lock)
        {
            return _faults.RemoveAll(active => active.Fault.Id == id) > 0;
        }
    }

    /// <summary>Switches every fault off.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _faults.Clear();
        }
    }

    /// <summary>Decides the faults of one request.</summary>
    /// <param name="provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
    /// <param name="isSend">True for a request that makes the provider act; false for a lookup.</param>
    public FaultPlan Draw(string provider, bool isSend)
    {
        lock (_lock)
        {
            var plan = FaultPlan.None;
            for (var i = 0; i < _faults.Count; i++)
            {
                var (fault, random) = _faults[i];
                if (fault.Concerns(provider, isSend) && plan.Allows(fault.Kind) && random.NextDouble() < fault.Probability)
                {
                    plan = plan.With(fault, random.Next());
                    _faults[i] = (fault with { Applied = fault.Applied + 1 }, random);
                }
            }

            return plan;
        }
    }
}
