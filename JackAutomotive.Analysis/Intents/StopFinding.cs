namespace JackAutomotive.Analysis.Intents;

/// <summary>What the rules find of a stop request. The number says how much it counts against the model's score.</summary>
internal enum StopFinding
{
    /// <summary>Only words that look like a stop request and are something else.</summary>
    NearMiss = -1,

    None = 0,

    /// <summary>A pattern matches.</summary>
    Found = 1,

    /// <summary>A pattern matches that no near miss can refute.</summary>
    Certain = 2,

    /// <summary>The whole text is a carrier keyword. The model is not asked.</summary>
    Keyword = 9,
}
