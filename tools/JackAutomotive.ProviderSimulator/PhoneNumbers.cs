namespace JackAutomotive.ProviderSimulator;

/// <summary>What this program needs to know about telephone numbers.</summary>
internal static class PhoneNumbers
{
    /// <summary>E.164: a plus sign, a country code that does not begin with zero, at most 15 digits.</summary>
    public const string Pattern = @"\+[1-9][0-9]{6,14}";

    /// <summary>The number as it may be shown and logged: all but the last four digits hidden.</summary>
    public static string Mask(string number) => number.Length <= 4 ? "***" : $"***{number[^4..]}";
}
