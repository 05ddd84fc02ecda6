namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Names an object by what is in it: SHA-256 as 64 lower-case hex digits. The same bytes are one object.</summary>
internal readonly record struct ObjectName
{
    private const int HashLength = 32;

    private ObjectName(string hex) => Hex = hex;

    public string Hex { get; }

    /// <summary>The name of what has this hash.</summary>
    /// <exception cref="ArgumentException">The hash has not 32 bytes.</exception>
    public static ObjectName Of(ReadOnlySpan<byte> hash) => hash.Length == HashLength
        ? new ObjectName(Convert.ToHexStringLower(hash))
        : throw new ArgumentException("A SHA-256 hash has 32 bytes.", nameof(hash));

    /// <summary>Reads a name; false for anything that is none, so that it can stand in a path.</summary>
    public static bool TryParse(string text, out ObjectName name)
    {
        var fits = text.Length == 2 * HashLength && text.All(digit => char.IsAsciiDigit(digit) || digit is >= 'a' and <= 'f');
        name = fits ? new ObjectName(text) : default;
        return fits;
    }

    /// <summary>The hash itself.</summary>
    public byte[] ToHash() => Convert.FromHexString(Hex);

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
