namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>Creates ids in the providers' forms from a seeded source, so that a scenario can be repeated exactly.</summary>
internal static class RandomIds
{
    /// <summary>Lower-case hexadecimal digits.</summary>
    public static string Hex(this Random random, int digits) => random.GetString("0123456789abcdef", digits);

    /// <summary>26 characters of Crockford's base 32 in lower case, as in ElevenLabs' ids.</summary>
    public static string Ulid(this Random random) => "01" + random.GetString("0123456789abcdefghjkmnpqrstvwxyz", 24);

    /// <summary>Picks one of <paramref name="items"/>.</summary>
    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];

    /// <summary>A version 4 GUID.</summary>
    public static Guid Guid(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
