namespace JackAutomotive.Analysis.Phrases;

/// <summary>Words that patterns use by name.</summary>
internal static class WordSets
{
    private static readonly Dictionary<string, string> s_sets = new()
    {
        ["do"] = """
            get find grab gather measure ask tell sell clean print scan order drive meet pick cancel update renew transfer
            switch change arrange move return finish sort figure confirm verify check review read look add open close
            waive honor match credit refund correct fix note track locate request reserve deliver drop ship swap replace
            inspect test appraise register insure apply contact notify remind explain handle bump escalate loop borrow
            save withdraw transfer cash cosign
            """,
        ["call"] = "call phone ring dial buzz callback",
        ["send"] = "send text email e-mail message mail shoot forward mandar enviar",
        ["come"] = "come swing stop drop head drive pop roll be meet visit make pass",
    };

    /// <summary>Returns the words of the set <paramref name="name"/>.</summary>
    public static string[] Get(string name) => s_sets[name].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
