namespace JackAutomotive.ProviderSimulator;

/// <summary>The format and the masking of telephone numbers.</summary>
internal static class PhoneNumbers
{
    /// <summary>E.164: a plus sign, a country code that does not begin with zero, at most 15 digits.</summary>
    public const string Pattern = @"\+[1-9][0-9]{6,14}";

    /// <summary>The number as it is displayed and logged: only the last four digits are visible.</summary>
    public static string Mask(string number) => number.Length <= 4 ? "***" : $"***{number[^4..]}";
}
