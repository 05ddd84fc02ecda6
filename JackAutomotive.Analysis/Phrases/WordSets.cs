namespace JackAutomotive.Analysis.Phrases;

/// <summary>Words that patterns use by name.</summary>
internal static class WordSets
{
    private static readonly Dictionary<string, string> s_sets = new()
    {
        ["call"] = "call phone ring dial buzz callback",
        ["send"] = "send text email e-mail message mail shoot forward mandar enviar",
        ["come"] = "come swing stop drop head drive pop roll be meet visit make pass",
    };

    /// <summary>Returns the words of the set <paramref name="name"/>.</summary>
    public static string[] Get(string name) => s_sets[name].Split(' ');
}
