using System.Diagnostics.CodeAnalysis;

namespace JackAutomotive.Contracts;

/// <summary>The identity of one lead: a version 7 UUID (RFC 9562), so that new leads sort after old leads.</summary>
/// <param name="Value">The UUID. Parsing accepts a UUID of any version.</param>
public readonly record struct LeadId(Guid Value) : IParsable<LeadId>
{
    /// <summary>Creates a new identity. Identities sort by the time of their creation, with a resolution of one millisecond.</summary>
    /// <param name="time">The clock that supplies the time of creation.</param>
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

    /// <summary>Returns the 36-character lower-case form, which URLs, Redis channels and events use.</summary>
    public override string ToString() => Value.ToString("D");
}
