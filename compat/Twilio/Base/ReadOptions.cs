namespace Twilio.Base;

/// <summary>How much of a list is read.</summary>
/// <typeparam name="T">What the list is of.</typeparam>
public abstract class ReadOptions<T>
    where T : Resource
{
    private protected ReadOptions()
    {
    }

    /// <summary>Records per request; Twilio's default is 50, its most is 1000. Taken from <see cref="Limit"/> when only that is set.</summary>
    public long? PageSize { get; set => field = value ?? field; }

    /// <summary>Records in all; null for no limit.</summary>
    public long? Limit
    {
        get;
        set
        {
            field = value ?? field;
            PageSize ??= value;
        }
    }
}
