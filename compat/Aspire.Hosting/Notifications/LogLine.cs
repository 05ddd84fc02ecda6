namespace Aspire.Hosting.ApplicationModel;

/// <summary>A line that a resource logged.</summary>
/// <param name="LineNumber">From 1.</param>
/// <param name="Content">The line, with the time in front.</param>
/// <param name="IsErrorMessage">True if it came from the error output.</param>
public readonly record struct LogLine(int LineNumber, string Content, bool IsErrorMessage);
