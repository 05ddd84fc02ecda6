using System.Text.Json;

namespace Aspire.Hosting.Dcp;

/// <summary>What the orchestrator logs about a process.</summary>
internal static class SystemLogLine
{
    // Of use to the orchestrator's makers only.
    private static readonly string[] s_left = ["Executable", "Reconciliation"];

    /// <summary>
    /// Makes <c>2026-01-31T12:00:00Z [sys] Starting process...: Cmd = dotnet, Args = ["api.dll"]</c> of
    /// <c>2026-01-31T12:00:00Z info TAB ExecutableReconciler TAB Starting process... TAB {"Cmd": "dotnet", "Args": ["api.dll"]}</c>.
    /// </summary>
    public static string Format(string line)
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        var (time, text) = blank < 0 ? ("", line) : (line[..(blank + 1)], line[(blank + 1)..]);

        // The logger may write a time of its own in front of the level.
        var parts = text.Split('\t', StringSplitOptions.TrimEntries);
        var level = Array.FindIndex(parts, part => part is "info" or "error" or "debug" or "warn");
        return level < 0 || parts.Length < level + 3
            ? $"{time}[sys] {text}"
            : $"{time}[sys] {parts[level + 2]}{Details(parts.ElementAtOrDefault(level + 3))}";
    }

    private static string Details(string? json)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "{}");
            var details = document.RootElement.EnumerateObject()
                .Where(p => !s_left.Contains(p.Name))
                .Select(p => $"{p.Name} = {p.Value}")
                .ToArray();
            return details.Length == 0 ? "" : $": {string.Join(", ", details)}";
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return $": {json}";
        }
    }
}
