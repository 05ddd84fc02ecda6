namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>A defect of a delivery that the target must reject.</summary>
internal enum Flaw
{
    /// <summary>One byte of the body differs from the signed byte.</summary>
    FlippedByte,

    /// <summary>The request is signed with, or carries, another secret.</summary>
    WrongSecret,

    /// <summary>The request was signed two hours ago.</summary>
    StaleTimestamp,

    /// <summary>The header with the signature or the secret is missing.</summary>
    MissingHeader,
}

/// <summary>Puts a flaw into a request.</summary>
internal static class Flaws
{
    /// <summary>The age of a stale signature. No receiver tolerates this age; ElevenLabs' own libraries allow 30 minutes.</summary>
    public static readonly TimeSpan StaleBy = TimeSpan.FromHours(2);

    /// <summary>Passes the flaw to the message handler that signs the request.</summary>
    public static readonly HttpRequestOptionsKey<Flaw> Key = new("flaw");

    /// <summary>Returns the secret, or another secret for <see cref="Flaw.WrongSecret"/>.</summary>
    public static string Apply(this Flaw? flaw, string secret) => flaw == Flaw.WrongSecret ? secret + "-not" : secret;

    /// <summary>Returns the body. <see cref="Flaw.FlippedByte"/> flips the lowest bit of the first chunk's middle byte.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Apply(this Flaw? flaw, IEnumerable<ReadOnlyMemory<byte>> body)
    {
        var isFirst = true;
        foreach (var chunk in body)
        {
            yield return isFirst && flaw == Flaw.FlippedByte ? FlipMiddleByte(chunk.Span) : chunk;
            isFirst = false;
        }
    }

    private static byte[] FlipMiddleByte(ReadOnlySpan<byte> bytes)
    {
        // The lowest bit is safe. Another bit would turn %c3 into %C3, and a form decodes both to the same byte.
        var flipped = bytes.ToArray();
        flipped[flipped.Length / 2] ^= 1;
        return flipped;
    }
}
