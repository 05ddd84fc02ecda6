using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.Quality;

/// <summary>The words that the rubric of call quality looks for.</summary>
internal static class Rubric
{
    /// <summary>A greeting.</summary>
    public static readonly Phrase[] Greetings = Phrase.ParseLines("""
        hi|hello|hey|hola|aloha
        good|buenas|buenos morning|afternoon|evening|tardes|dias|noches
        thanks|thank for|you calling|for
        """);

    /// <summary>The dealership's side says who speaks.</summary>
    public static readonly Phrase[] Introductions = Phrase.ParseLines("""
        this is|it's
        it's|i'm|im|soy|my|jack name|jack|with|at|from|de|is
        jack
        """);

    /// <summary>The dealership's side says that it is a machine, or that the call is recorded.</summary>
    public static readonly Phrase[] Disclosures = Phrase.ParseLines("""
        virtual|digital|automated|ai|artificial assistant|agent|intelligence|system|call
        ai
        recorded line|call
        call|line|conversation is|may|will be? recorded|monitored
        asistente virtual
        llamada * grabada
        """);

    /// <summary>The dealership's side takes up an objection.</summary>
    public static readonly Phrase[] Acknowledgements = Phrase.ParseLines("""
        i|we|totally|completely hear|understand|get|appreciate|see you|that|it|how|why|completely|totally|where
        understood|understandable|fair|gotcha
        makes sense
        no problem|worries|pressure|rush
        of course
        i'm|im sorry
        sorry
        good|fair|great question|point|enough
        let me|us
        what if
        we can|could|have|offer|work
        i can|could
        that's okay|fine|alright|understandable|fair|not
        would|could it|a|that help
        entiendo|comprendo|claro
        """);
}
