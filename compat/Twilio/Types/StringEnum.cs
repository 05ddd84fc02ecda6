namespace Twilio.Types;

/// <summary>An enumeration of strings, compared by value; values that Twilio adds later are carried as they are.</summary>
public abstract class StringEnum
{
    private readonly string _value;

    private protected StringEnum(string value) => _value = value;

    /// <summary>Equal when both have the same value, or both are null.</summary>
    public static bool operator ==(StringEnum? a, StringEnum? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Not equal.</summary>
    public static bool operator !=(StringEnum? a, StringEnum? b) => !(a == b);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is StringEnum other && other.GetType() == GetType() && other._value == _value;

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The value as Twilio writes it.</summary>
    public override string ToString() => _value;
}
