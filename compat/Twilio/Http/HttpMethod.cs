namespace Twilio.Http;

/// <summary>An HTTP method, compared by name.</summary>
public class HttpMethod
{
    /// <summary>GET.</summary>
    public static readonly HttpMethod Get = new("GET");

    /// <summary>POST.</summary>
    public static readonly HttpMethod Post = new("POST");

    private readonly string _value;

    /// <summary>Makes a method of that name; case does not matter.</summary>
    public HttpMethod(string method)
    {
        ArgumentNullException.ThrowIfNull(method);
        _value = method.ToUpperInvariant();
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HttpMethod other && other._value == _value;

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The name in upper case.</summary>
    public override string ToString() => _value;
}
