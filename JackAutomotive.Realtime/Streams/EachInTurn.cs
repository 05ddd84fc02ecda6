namespace JackAutomotive.Realtime.Streams;

/// <summary>Does the same with many streams, so that a failure with one stream does not keep the others waiting.</summary>
internal static class EachInTurn
{
    /// <summary>Calls <paramref name="action"/> for each item, also after a failure.</summary>
    /// <exception cref="AggregateException">One or more calls failed.</exception>
    public static void Do<T>(IEnumerable<T> items, Action<T> action)
    {
        List<Exception>? failures = null;
        foreach (var item in items)
        {
            try
            {
                action(item);
            }
            catch (Exception e)
            {
                (failures ??= []).Add(e);
            }
        }

        if (failures is not null)
        {
            throw new AggregateException(failures);
        }
    }
}
