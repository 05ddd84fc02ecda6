namespace JackAutomotive.Analysis.Rules;

/// <summary>Reads the rule files and lexicons that are embedded in this assembly. They are text files in the folder Data.</summary>
internal static class RuleData
{
    /// <summary>A folder with rule files that replace the embedded ones. The evaluation command sets it to try rules without a build.</summary>
    public static string? Folder { get; set; }

    /// <summary>Returns the lines of the file <paramref name="name"/> that are neither empty nor a comment.</summary>
    /// <param name="name">The name without the folder.</param>
    /// <param name="comment">What begins a comment line.</param>
    public static IEnumerable<string> Lines(string name, string comment = "#")
    {
        using var stream = (Folder is null
            ? typeof(RuleData).Assembly.GetManifestResourceStream("JackAutomotive.Analysis.Data." + name)
            : File.OpenRead(Path.Combine(Folder, name)))
            ?? throw new InvalidOperationException($"The assembly has no rule file \"{name}\".");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && !line.StartsWith(comment, StringComparison.Ordinal))
            {
                yield return line;
            }
        }
    }

    /// <summary>Returns the words of the file <paramref name="name"/>.</summary>
    public static IEnumerable<string> Words(string name) =>
        Lines(name).SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
