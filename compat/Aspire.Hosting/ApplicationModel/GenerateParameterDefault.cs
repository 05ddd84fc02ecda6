using System.Security.Cryptography;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Makes up a random value, such as a password.</summary>
public sealed class GenerateParameterDefault : ParameterDefault
{
    // Without letters that people take for one another; without braces, which the orchestrator would take for a template.
    private const string LowerCharacters = "abcdefghjkmnpqrstuvwxyz";
    private const string UpperCharacters = "ABCDEFGHJKMNPQRSTUVWXYZ";
    private const string NumericCharacters = "0123456789";
    private const string SpecialCharacters = "-_.~()*+!";

    /// <summary>The least number of characters.</summary>
    public int MinLength { get; set; }

    /// <summary>True for lower-case letters.</summary>
    public bool Lower { get; set; } = true;

    /// <summary>True for upper-case letters.</summary>
    public bool Upper { get; set; } = true;

    /// <summary>True for digits.</summary>
    public bool Numeric { get; set; } = true;

    /// <summary>True for special characters.</summary>
    public bool Special { get; set; } = true;

    /// <summary>The least number of lower-case letters.</summary>
    public int MinLower { get; set; }

    /// <summary>The least number of upper-case letters.</summary>
    public int MinUpper { get; set; }

    /// <summary>The least number of digits.</summary>
    public int MinNumeric { get; set; }

    /// <summary>The least number of special characters.</summary>
    public int MinSpecial { get; set; }

    /// <inheritdoc />
    /// <exception cref="InvalidOperationException">No kind of character is allowed, or one is asked for that is not.</exception>
    public override string GetDefaultValue()
    {
        (bool Allowed, int Least, string Characters)[] kinds =
        [
            (Lower, MinLower, LowerCharacters),
            (Upper, MinUpper, UpperCharacters),
            (Numeric, MinNumeric, NumericCharacters),
            (Special, MinSpecial, SpecialCharacters),
        ];

        if (kinds.Any(kind => !kind.Allowed && kind.Least > 0) || kinds.All(kind => !kind.Allowed))
        {
            throw new InvalidOperationException("A generated parameter asks for characters of a kind that it does not allow.");
        }

        var all = string.Concat(kinds.Where(kind => kind.Allowed).Select(kind => kind.Characters));
        var length = Math.Max(MinLength, kinds.Sum(kind => kind.Least));
        var value = kinds.SelectMany(kind => RandomNumberGenerator.GetItems<char>(kind.Characters, kind.Least)).ToArray();
        value = [.. value, .. RandomNumberGenerator.GetItems<char>(all, length - value.Length)];
        RandomNumberGenerator.Shuffle(value.AsSpan());
        return new string(value);
    }
}
