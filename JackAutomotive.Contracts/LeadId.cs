using System.Diagnostics.CodeAnalysis;

namespace JackAutomotive.Contract;

/// <summary>The identity of one lead. Version 7 GUIDs, so that new leads sort after old ones.</summary>
internal readonly record struct LeadId(Guid Value) : IParsable<LeadId>
{
    /// <summary>A new identity, ordered by <paramref name="time"/>'s clock.</summary>
    public static LeadId New(TimeProvider time) => new(Guid.CreateVersion7(time.GetUtcNow()));

    /// <inheritdoc/>
    public static LeadId Parse(string s, IFormatProvider? provider) => new(Guid.Parse(s, provider));

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out LeadId result)
    {
        var parsed = Guid.TryParse(s, provider, out var value);
        result = new LeadId(value);
        return parsed;
    }

    /// <summary>The 36-character lower-case form used in addresses, channels and events.</summary>
    public override string ToString() => Value.ToString("D");
}
