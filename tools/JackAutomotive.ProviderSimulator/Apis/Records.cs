namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>Records of a provider, in memory and in the order in which they were created.</summary>
/// <param name="getId">Returns the id of a record.</param>
internal sealed class Records<T>(Func<T, string> getId)
    where T : class
{
    private readonly Lock _lock = new();
    private readonly List<T> _records = [];
    private readonly Dictionary<string, int> _positions = [];

    /// <summary>Adds a record, or replaces the one with the same id.</summary>
    public void Add(T record)
    {
        lock (_lock)
        {
            if (_positions.TryAdd(getId(record), _records.Count))
            {
                _records.Add(record);
            }
            else
            {
                _records[_positions[getId(record)]] = record;
            }
        }
    }

    /// <summary>Returns the record with this id, or null.</summary>
    public T? Find(string id)
    {
        lock (_lock)
        {
            return _positions.TryGetValue(id, out var position) ? _records[position] : null;
        }
    }

    /// <summary>Replaces the record with this id, if it exists.</summary>
    public void Change(string id, Func<T, T> change)
    {
        lock (_lock)
        {
            if (_positions.TryGetValue(id, out var position))
            {
                _records[position] = change(_records[position]);
            }
        }
    }

    /// <summary>Returns the records that fulfil <paramref name="condition"/>, newest first.</summary>
    public IReadOnlyList<T> Newest(Func<T, bool> condition)
    {
        lock (_lock)
        {
            return [.. Enumerable.Reverse(_records).Where(condition)];
        }
    }
}
