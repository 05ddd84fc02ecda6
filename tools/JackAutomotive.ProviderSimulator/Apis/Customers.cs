using System.Collections.Concurrent;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>The people at the other end of the providers' APIs, in memory.</summary>
internal sealed class Customers
{
    private static readonly HashSet<string> s_stopWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE",
    };

    private static readonly HashSet<string> s_startWords = new(StringComparer.OrdinalIgnoreCase) { "START", "YES", "UNSTOP" };

    private readonly ConcurrentDictionary<string, Customer> _described = new();
    private volatile Customer _others = new();

    /// <summary>The described numbers, and the description of all other numbers.</summary>
    public IReadOnlyList<Customer> All => [_others, .. _described.Values.OrderBy(customer => customer.Number, StringComparer.Ordinal)];

    /// <summary>Returns what happens to texts and calls to <paramref name="address"/>, which can have a channel's prefix.</summary>
    public Customer Find(string address)
    {
        var number = WithoutChannel(address);
        return _described.TryGetValue(number, out var described) ? described : _others with { Number = number };
    }

    /// <summary>Describes a number, or all numbers that are not described themselves.</summary>
    public void Describe(Customer customer)
    {
        if (customer.Number is { } number)
        {
            _described[number] = customer;
        }
        else
        {
            _others = customer;
        }
    }

    /// <summary>Handles a text from a customer as Twilio does: a keyword alone opts the number out or in.</summary>
    public void Hear(string number, string body)
    {
        var word = body.Trim();
        if (s_stopWords.Contains(word) || s_startWords.Contains(word))
        {
            var optedOut = s_stopWords.Contains(word);
            _described.AddOrUpdate(
                number, _ => Find(number) with { OptedOut = optedOut }, (_, known) => known with { OptedOut = optedOut });
        }
    }

    /// <summary>Forgets all descriptions.</summary>
    public void Clear()
    {
        _described.Clear();
        _others = new Customer();
    }

    /// <summary>POST /customers</summary>
    internal static Customer HandleDescribe(Customer customer, Customers customers)
    {
        customers.Describe(customer);
        return customer;
    }

    /// <summary>GET /customers</summary>
    internal static IReadOnlyList<Customer> List(Customers customers) => customers.All;

    /// <summary>DELETE /customers</summary>
    internal static IResult HandleClear(Customers customers)
    {
        customers.Clear();
        return TypedResults.NoContent();
    }

    private static string WithoutChannel(string address) => address[(address.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
