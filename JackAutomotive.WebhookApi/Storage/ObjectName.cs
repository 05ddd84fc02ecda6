namespace JackAutomotive.WebhookApi.Storage;

/// <summary>The name of an object: the SHA-256 of its content as 64 lower-case hex digits. Equal content is one object.</summary>
internal readonly record struct ObjectName
{
    private const int HashLength = 32;

    private ObjectName(string hex) => Hex = hex;

    public string Hex { get; }

    /// <summary>Creates the name of the content with this hash.</summary>
    /// <exception cref="ArgumentException">The hash does not have 32 bytes.</exception>
    public static ObjectName FromHash(ReadOnlySpan<byte> hash) => hash.Length == HashLength
        ? new ObjectName(Convert.ToHexStringLower(hash))
        : throw new ArgumentException("A SHA-256 hash has 32 bytes.", nameof(hash));

    /// <summary>Parses a name. Only hex digits are accepted, so a parsed name is safe to use in a path.</summary>
    public static bool TryParse(string text, out ObjectName name)
    {
        var isName = text.Length == 2 * HashLength && text.All(digit => char.IsAsciiDigit(digit) || digit is >= 'a' and <= 'f');
        name = isName ? new ObjectName(text) : default;
        return isName;
    }

    /// <summary>Returns the hash as 32 bytes.</summary>
    public byte[] ToHash() => Convert.FromHexString(Hex);

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
