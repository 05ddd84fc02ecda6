using System.Text.Json;

namespace Aspire.Hosting.Dcp;

/// <summary>What the orchestrator logs about a process.</summary>
internal static class SystemLogLine
{
    // Of use to the orchestrator's makers only.
    private static readonly string[] s_left = ["Executable", "Reconciliation"];

    /// <summary>
    /// Makes <c>2026-01-31T12:00:00Z [sys] Starting process...: Cmd = dotnet, Args = ["api.dll"]</c> of the fields, with tabs between,
    /// <c>2026-01-31T12:00:00Z</c>, <c>info</c>, <c>ExecutableReconciler</c>, <c>Starting process...</c> and
    /// <c>{"Cmd": "dotnet", "Args": ["api.dll"]}</c>.
    /// </summary>
    public static string Format(string line) => line.Split('\t', StringSplitOptions.TrimEntries) switch
    {
        [var time, _, _, var message] => $"{time} [sys] {message}",
        [var time, _, _, var message, var details, ..] => $"{time} [sys] {message}{Details(details)}",
        _ => line,
    };

    private static string Details(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
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
