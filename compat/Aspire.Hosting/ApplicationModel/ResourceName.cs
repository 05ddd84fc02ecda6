namespace Aspire.Hosting.ApplicationModel;

internal static class ResourceName
{
    private const int MaxLength = 64;

    public static string Checked(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);

        var reason = name switch
        {
            { Length: > MaxLength } => $"it is longer than {MaxLength} characters",
            _ when name.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-') => "only ASCII letters, digits and hyphens are allowed",
            _ when !char.IsAsciiLetter(name[0]) => "it has to begin with an ASCII letter",
            _ when name[^1] == '-' => "it must not end with a hyphen",
            _ when name.Contains("--", StringComparison.Ordinal) => "it must not have two hyphens in a row",
            _ => null,
        };

        return reason is null ? name : throw new ArgumentException($"Resource name '{name}' is invalid: {reason}.", nameof(name));
    }
}
