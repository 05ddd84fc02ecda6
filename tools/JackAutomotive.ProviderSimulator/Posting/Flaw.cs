namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>What can be wrong with a delivery, so that it must be refused.</summary>
internal enum Flaw
{
    /// <summary>A byte of the body is another than the one that was signed.</summary>
    FlippedByte,

    /// <summary>It is signed with, or carries, another secret.</summary>
    WrongSecret,

    /// <summary>It was signed two hours ago.</summary>
    StaleTimestamp,

    /// <summary>The header with the signature or the secret is not there.</summary>
    MissingHeader,
}

/// <summary>How a flaw is put into a request.</summary>
internal static class Flaws
{
    /// <summary>Longer than any receiver tolerates; ElevenLabs' own libraries allow 30 minutes.</summary>
    public static readonly TimeSpan StaleBy = TimeSpan.FromHours(2);

    /// <summary>Tells a handler on a request's way out what to do wrong.</summary>
    public static readonly HttpRequestOptionsKey<Flaw> Key = new("flaw");

    /// <summary>The secret, or another one.</summary>
    public static string Apply(this Flaw? flaw, string secret) => flaw == Flaw.WrongSecret ? secret + "-not" : secret;

    /// <summary>The same bytes, or with the lowest bit of the first chunk's middle byte turned.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Apply(this Flaw? flaw, IEnumerable<ReadOnlyMemory<byte>> body)
    {
        var isFirst = true;
        foreach (var chunk in body)
        {
            yield return isFirst && flaw == Flaw.FlippedByte ? Flip(chunk.Span) : chunk;
            isFirst = false;
        }
    }

    private static byte[] Flip(ReadOnlySpan<byte> bytes)
    {
        // Not another bit: it would turn %c3 into %C3, which a form reads as the same.
        var flipped = bytes.ToArray();
        flipped[flipped.Length / 2] ^= 1;
        return flipped;
    }
}
