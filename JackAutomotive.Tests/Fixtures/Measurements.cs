using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>The measurements of one application: the sum and the count of each of its instruments, by name and tag.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public Measurements(IServiceProvider application)
    {
        var meters = application.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other instances in this process have instruments of the same names.
            if (ReferenceEquals(instrument.Meter.Scope, meters))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of the measurements of an instrument. <c>name/value</c> selects those with a tag of that value.</summary>
    public double Sum(string name) => _sums.GetValueOrDefault(name);

    /// <summary>The number of measurements of an instrument.</summary>
    public int Count(string name) => _counts.GetValueOrDefault(name);

    /// <summary>Returns the present value of an observable gauge of an application.</summary>
    public static long ReadGauge(IServiceProvider application, string name)
    {
        using var measurements = new Measurements(application);
        measurements._listener.RecordObservableInstruments();
        return (long)measurements.Sum(name);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        _sums.AddOrUpdate(name, value, (_, sum) => sum + value);
        _counts.AddOrUpdate(name, 1, (_, count) => count + 1);
        foreach (var tag in tags)
        {
            _sums.AddOrUpdate($"{name}/{tag.Value}", value, (_, sum) => sum + value);
        }
    }
}
