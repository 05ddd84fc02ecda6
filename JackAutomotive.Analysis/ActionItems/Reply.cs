using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>How a turn answers what the other side proposed.</summary>
internal enum Reply
{
    /// <summary>The turn leaves the proposal open.</summary>
    Open,

    /// <summary>The turn agrees.</summary>
    Accept,

    /// <summary>The turn declines.</summary>
    Decline,
}

/// <summary>Reads how a turn answers, and whether it takes something back.</summary>
internal static class ReplyReader
{
    private static readonly Phrase[] s_declines = Phrase.ParseLines("""
        no thanks|thank|need|not|gracias|ma'am|sir|i'm|im
        not yet|now|today|interested|really|right|at|necessary
        nah|nope|naw
        i'm good|fine|okay|alright|all
        that's ok|okay|alright|fine no?
        don't bother|worry
        i don't need|want|do|think
        i'd rather|prefer not
        i'll pass|skip
        maybe later|another|some
        skip that|it
        """);

    private static readonly Phrase[] s_accepts = Phrase.ParseLines("""
        yes|yeah|yea|yep|yup|yessir|sure|ok|okay|k|kk|alright|perfect|great|absolutely|definitely|certainly|bet|cool|deal|fine|please|si|sii|claro|dale|porfa|perfecto|bueno|correct|right|mhm|mm-hm|aye|yas|ye
        sounds|works|that'd|that'll|that|it|that's be|is|good|great|fine|works|perfect|for|me
        go ahead|for
        you can|could|may|bet
        do that|it
        let's do
        i'd appreciate|love|like that|it
        why not
        of course
        por favor
        está|esta bien
        por supuesto
        👍
        """);

    private static readonly Phrase[] s_withdrawals = Phrase.ParseLines("""
        never mind
        nevermind|nvm
        forget it|that|about|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|what
        scratch that|it|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow
        cancel that|it|my|the|monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow
        disregard
        no need to|for
        don't worry about
        changed my mind
        olvidalo|olvidelo
        ya no
        """);

    private static readonly Phrase[] s_cannotCome = Phrase.ParseLines("""
        can't|cant|won't|wont|not|cannot be? able? to? make|making|gonna|come|going it|make|in|to|by
        something came up
        have|need|gotta to? reschedule
        no voy a poder
        no puedo ir
        """);

    /// <summary>Reads the answer. A refusal that offers another time is no refusal; the caller looks for times.</summary>
    public static Reply Read(ReadOnlySpan<Word> words)
    {
        var first = 0;
        while (first < words.Length && (words[first].IsMark || words[first].Text is "oh" or "um" or "uh" or "well" or "hmm" or "ah" or "ay" or "lol" or "haha" or "and"))
        {
            first++;
        }

        if (first == words.Length)
        {
            return Reply.Open;
        }

        if (Any(s_declines, words, first, first + 1) || (words[first].Text is "no" && (first + 1 == words.Length || words[first + 1].IsMark || words[first + 1].Text is "no")))
        {
            return IsFriendlyNo(words, first) ? Reply.Accept : Reply.Decline;
        }

        if (Any(s_accepts, words, first, first + 4))
        {
            return Any(s_declines, words, first + 1, first + 5) ? Reply.Decline : Reply.Accept;
        }

        return Any(s_declines, words, first + 1, first + 6) ? Reply.Decline : Reply.Open;
    }

    /// <summary>Whether the turn takes back what was said before.</summary>
    public static bool Withdraws(ReadOnlySpan<Word> words) => AnyPlain(s_withdrawals, words);

    /// <summary>Whether the turn says that the customer does not come after all.</summary>
    public static bool CannotCome(ReadOnlySpan<Word> words) => AnyPlain(s_cannotCome, words);

    // "No problem, Saturday is fine", "no worries".
    private static bool IsFriendlyNo(ReadOnlySpan<Word> words, int at) =>
        at + 1 < words.Length && words[at + 1].Text is "problem" or "worries" or "prob";

    private static bool AnyPlain(Phrase[] phrases, ReadOnlySpan<Word> words)
    {
        for (var at = 0; at < words.Length; at++)
        {
            if (Any(phrases, words, at, at + 1) && Clause.Around(words, at) is { IsPlain: true, IsConditional: false })
            {
                return true;
            }
        }

        return false;
    }

    private static bool Any(Phrase[] phrases, ReadOnlySpan<Word> words, int from, int to)
    {
        for (var at = from; at < Math.Min(to, words.Length); at++)
        {
            foreach (var phrase in phrases)
            {
                if (phrase.MatchAt(words, at) > 0)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
