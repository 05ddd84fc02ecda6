namespace Twilio.Base;

/// <summary>How much of a list is read.</summary>
/// <typeparam name="T">What the list is of.</typeparam>
public abstract class ReadOptions<T>
    where T : Resource
{
    private protected ReadOptions()
    {
    }

    /// <summary>Records per request, at most 1000; Twilio's default is 50. <see cref="Limit"/> sets it where nothing else has.</summary>
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
