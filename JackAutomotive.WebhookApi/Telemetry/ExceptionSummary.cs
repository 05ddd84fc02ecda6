namespace JackAutomotive.WebhookApi.Telemetry;

/// <summary>Summarizes an exception in one line for a log.</summary>
internal static class ExceptionSummary
{
    private const int MaxLength = 300;

    /// <summary>Returns the exception's class and the first line of its message, at most 300 characters.</summary>
    public static string Of(Exception exception)
    {
        var text = $"{exception.GetType().Name}: {exception.Message}";
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? text : text[..end];
        return line.Length <= MaxLength ? line : line[..MaxLength];
    }
}
