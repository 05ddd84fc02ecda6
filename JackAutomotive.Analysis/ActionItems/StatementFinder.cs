using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>Finds the statements about something to do in the words of one turn.</summary>
internal static class StatementFinder
{
    // An action is looked for within this many words of its lead-in.
    private const int MaxDistance = 2;

    // After a lead-in that ends with a gap ("I'll have Kimo ...") the action may be this many words away.
    private const int MaxGap = 3;

    /// <summary>Returns the statements in order. Past events, habits, conditions and other people's plans are none.</summary>
    public static List<Statement> Find(ReadOnlySpan<Word> words, TurnRole role)
    {
        var found = new List<Statement>();
        for (var at = 0; at < words.Length; at++)
        {
            if (words[at].IsMark)
            {
                continue;
            }

            if (FindAt(words, at, role) is { } statement && !Continues(words, statement, found))
            {
                found.Add(statement);
                at = Math.Max(at, statement.ActionWord);
            }
        }

        return found;
    }

    private static Statement? FindAt(ReadOnlySpan<Word> words, int at, TurnRole role)
    {
        var clause = Clause.Around(words, at);
        if (!clause.IsPlain)
        {
            return null;
        }

        foreach (var leadIn in role is TurnRole.User ? ActionTables.CustomerLeadIns : ActionTables.DealershipLeadIns)
        {
            if ((!clause.IsConditional || leadIn.Mood is Mood.Proposal)
                && (words[at].Text is not "will" and not "going_to" || StartsRequest(words, at, role))
                && leadIn.Lead.MatchAt(words, at) is > 0 and var end && ReadAction(words, at, end, clause.End, role, leadIn) is { } led)
            {
                return new(led.Kind, OwnerOf(role, leadIn.IsOwnAction), MoodOf(leadIn, words, clause), at, led.At, clause.End, IsNegated(words, at, led.At));
            }
        }

        if (role is TurnRole.User && ReadPlan(words, at, clause) is { } plan)
        {
            return plan;
        }

        if (role is TurnRole.Agent && ReadVisitProposal(words, at, clause) is { } visit)
        {
            return visit;
        }

        foreach (var request in role is TurnRole.User ? ActionTables.CustomerRequests : ActionTables.DealershipRequests)
        {
            if (!clause.IsConditional && request.Words.MatchAt(words, at) > 0 && StartsRequest(words, at, role))
            {
                return new(request.Kind, OwnerOf(role, false), Mood.Request, at, at, clause.End, IsNegated(words, at, at));
            }
        }

        return null;
    }

    // "I'll take a picture and text it": the subject of the first action is that of the second. "Come in and sign" is one visit.
    private static bool Continues(ReadOnlySpan<Word> words, Statement statement, List<Statement> found)
    {
        var before = statement.FirstWord - 1;
        var isLinked = words[statement.FirstWord].Text is "and" or "also" or "then" || (before >= 0 && words[before].Text is "and" or "or" or "then");
        if (!isLinked || statement.Mood is not Mood.Request || found.Count == 0)
        {
            return false;
        }

        var previous = found[^1];
        var isOneSentence = Clause.Around(words, previous.FirstWord).SentenceEnd == Clause.Around(words, statement.FirstWord).SentenceEnd;
        return isOneSentence && (previous.Owner != statement.Owner || previous.Mood is Mood.Proposal);
    }

    private static ActionOwner OwnerOf(TurnRole speaker, bool isOwnAction) =>
        speaker is TurnRole.User == isOwnAction ? ActionOwner.Customer : ActionOwner.Staff;

    // "I'll send it Monday?" asks.
    private static Mood MoodOf(LeadIn leadIn, ReadOnlySpan<Word> words, Clause clause) =>
        leadIn is { Mood: Mood.Commitment, IsOwnAction: true } && clause.SentenceEnd < words.Length && words[clause.SentenceEnd].Text is "?"
            ? Mood.Proposal
            : leadIn.Mood;

    private static (ActionKind Kind, int At)? ReadAction(ReadOnlySpan<Word> words, int start, int from, int clauseEnd, TurnRole role, LeadIn leadIn)
    {
        var actions = OwnerOf(role, leadIn.IsOwnAction) is ActionOwner.Staff ? ActionTables.StaffActions : ActionTables.CustomerActions;
        var owner = OwnerOf(role, leadIn.IsOwnAction);
        for (var at = from; at <= from + (leadIn.Lead.EndsWithGap ? MaxGap : MaxDistance) && at < words.Length && at < clauseEnd; at++)
        {
            if (at > from && !leadIn.Lead.EndsWithGap && !IsFiller(words[at - 1].Text))
            {
                break;
            }

            foreach (var action in actions)
            {
                if (action.Words.MatchAt(words, at) > 0 && IsPossible(words, start, at, action.Kind, role, owner, leadIn))
                {
                    return (action.Kind, at);
                }
            }
        }

        return null;
    }

    private static bool IsPossible(ReadOnlySpan<Word> words, int from, int at, ActionKind kind, TurnRole role, ActionOwner owner, LeadIn leadIn)
    {
        var toYou = at + 1 < words.Length && words[at + 1].Text is "you";
        return (role, owner) switch
        {
            // What the customer does is done to the dealership: "call us", not "call you".
            (TurnRole.Agent, ActionOwner.Customer) => !toYou,

            // "Can I come Saturday?" asks for a visit. "Can I bring a friend?" asks for a permission.
            (TurnRole.User, ActionOwner.Customer) when leadIn.Mood is Mood.Proposal => kind is ActionKind.Visit,

            // Any action counts after "I'll" and its kind, and only there.
            _ => kind is not ActionKind.Other
                || (leadIn is { Mood: Mood.Commitment, IsOwnAction: true }
                    && (words[from].Text is "i'll" or "we'll" || words[from + 1].Text is "will" or "going_to")),
        };
    }

    // A plan without a subject begins its sentence: "Coming by at four".
    private static Statement? ReadPlan(ReadOnlySpan<Word> words, int at, Clause clause)
    {
        if (clause.IsConditional || !StartsRequest(words, at, TurnRole.User))
        {
            return null;
        }

        foreach (var plan in ActionTables.CustomerPlans)
        {
            if (plan.Words.MatchAt(words, at) > 0)
            {
                return new(plan.Kind, ActionOwner.Customer, Mood.Commitment, at, at, clause.End, IsNegated(words, at, at));
            }
        }

        return null;
    }

    private static Statement? ReadVisitProposal(ReadOnlySpan<Word> words, int at, Clause clause)
    {
        var isQuestion = clause.SentenceEnd < words.Length && words[clause.SentenceEnd].Text is "?" || (words[at].Text is "when" or "what" && at == clause.Start);
        if (!isQuestion)
        {
            return null;
        }

        foreach (var phrase in ActionTables.VisitProposals)
        {
            if (phrase.MatchAt(words, at) > 0)
            {
                return new(ActionKind.Visit, ActionOwner.Customer, Mood.Proposal, at, at, clause.End, false);
            }
        }

        return null;
    }

    // An imperative begins its clause, or follows "please", "and", "can you" and words of that kind.
    private static bool StartsRequest(ReadOnlySpan<Word> words, int at, TurnRole role)
    {
        var before = at - 1;
        while (before >= 0 && words[before].Text is "," or "-")
        {
            before--;
        }

        return before < 0 || words[before].IsBoundary
            || words[before].Text is "please" or "and" or "just" or "then" or "so" or "ok" or "okay" or "yes" or "yeah" or "sure" or "or" or "well" or "but" or "don't"
                or "never" or "not" or "yea" or "actually" or "maybe" or "instead" or "no" or "to" or "dont" or "you" or "better" or "also" or "hey" or "si" or "y"
                or "favor" or "them" or "him" or "her" or "someone" or "somebody" or "chance"
            || (role is TurnRole.User && words[before].Text is "can" or "could");
    }

    private static bool IsFiller(string word) =>
        word is "just" or "also" or "probably" or "definitely" or "maybe" or "then" or "still" or "go" or "and" or "try" or "to" or "actually" or "please" or "be"
            or "quickly" or "always" or "at" or "least" or "him" or "her" or "them" or "someone" or "somebody" or "you" or "me" or "me," or "have" or "get" or "able";

    private static bool IsNegated(ReadOnlySpan<Word> words, int first, int action)
    {
        for (var at = Math.Max(0, first - 2); at < action; at++)
        {
            if (words[at].Text is "don't" or "not" or "never" or "won't" or "can't" or "cannot" or "no" && !(words[at].Text is "no" && at < first - 1))
            {
                // "Don't forget to bring" is a request to bring.
                return at + 1 >= words.Length || words[at + 1].Text is not "forget";
            }
        }

        return false;
    }
}
