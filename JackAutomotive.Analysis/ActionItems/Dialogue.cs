using System.Collections.Frozen;
using JackAutomotive.Analysis.Phrases;
using JackAutomotive.Analysis.Times;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>
/// Reads a conversation turn by turn and keeps the list of what is to be done. A request and its confirmation are one item, a proposal
/// counts when the other side agrees, a declined or withdrawn item goes, and a time that is agreed later completes its item.
/// </summary>
internal sealed class Dialogue(Transcript transcript)
{
    // What is to be brought or prepared is due at the visit that was agreed in the same exchange.
    private const int ExchangeTurns = 4;

    // A proposal that nobody answers within this many turns is void.
    private const int PendingTurns = 4;

    // An item that was last spoken of longer ago is not meant by "never mind" or "make it Tuesday".
    private const int FocusTurns = 6;

    private static readonly FrozenSet<string> s_commonWords = FrozenSet.Create(
        "i", "i'll", "we'll", "we", "you", "me", "us", "it", "that", "this", "the", "a", "an", "to", "of", "and", "or", "in", "on", "at", "by", "for", "with", "my",
        "your", "our", "can", "could", "would", "will", "want", "like", "do", "have", "get", "over", "back", "up", "send", "text", "email", "please", "some",
        "them", "those", "so", "just", "let", "know", "call", "tomorrow", "today", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
        "sunday", "morning", "afternoon", "evening", "copy", "also", "one", "when", "if", "should", "shall", "right", "now", "again", "le", "la", "el", "que",
        "un", "una", "te", "me", "los", "las", "de", "en", "message");

    private readonly List<Draft> _drafts = [];

    /// <summary>Reads the turn with the index <paramref name="index"/>. Turns are read in order.</summary>
    public void Read(int index)
    {
        var turn = transcript.Turns[index];
        var words = WordReader.Read(turn.Text).ToArray();
        var saidAt = transcript.TimeOf(index).LocalDateTime;
        var times = TimeReader.Find(words, saidAt);
        var usable = times.Where(UsableTimes.Select(words, times)).ToList();
        var statements = StatementFinder.Find(words, turn.Role);
        var claimed = statements.Where(statement => !statement.IsNegated).Select(statement => Clause.Around(words, statement.FirstWord).SentenceEnd).ToHashSet();
        var loose = usable.FindAll(time => !claimed.Contains(Clause.Around(words, time.FirstWord).SentenceEnd));
        var spoken = new SpokenTurn(index, turn, words, statements, times, usable, loose);
        if (turn.Role is TurnRole.User)
        {
            ReadCustomer(spoken);
        }
        else
        {
            ReadDealership(spoken);
        }

        foreach (var draft in _drafts.Where(draft => draft.IsPending && index - draft.LastTurn >= PendingTurns))
        {
            draft.IsDropped = true;
        }
    }

    /// <summary>Returns the agreed items in the order in which they were first stated.</summary>
    public IEnumerable<Draft> Complete()
    {
        var agreed = _drafts.Where(draft => draft is { IsDropped: false, IsPending: false }).OrderBy(draft => draft.Turn).ToList();
        foreach (var draft in agreed.Where(draft => draft.Due is null && draft.Kind is ActionKind.Bring or ActionKind.Prepare))
        {
            var visit = agreed.LastOrDefault(other => other is { Kind: ActionKind.Visit, Due: not null } && Math.Abs(other.Turn - draft.Turn) <= ExchangeTurns);
            if (visit?.Due is { } due)
            {
                draft.SetDue(due);
            }
        }

        return agreed;
    }

    private void ReadCustomer(SpokenTurn turn)
    {
        if (ReplyReader.Withdraws(turn.Words) || ReplyReader.CannotCome(turn.Words))
        {
            Withdraw(turn);
        }

        var negated = turn.Statements.FindAll(statement => statement.IsNegated);
        negated.ForEach(statement => TakeBack(statement, turn));

        AnswerPending(turn);
        AssignLooseTimes(turn, isDealership: false);
        foreach (var statement in turn.Statements.Where(statement => !statement.IsNegated))
        {
            Record(statement, turn, isPending: false);
        }
    }

    private void ReadDealership(SpokenTurn turn)
    {
        AssignLooseTimes(turn, isDealership: true);
        foreach (var statement in turn.Statements.Where(statement => !statement.IsNegated))
        {
            Record(statement, turn, isPending: statement.Mood is Mood.Proposal);
        }
    }

    // A time in a sentence without a statement belongs to what was spoken of last.
    private void AssignLooseTimes(SpokenTurn turn, bool isDealership)
    {
        if (Combine(turn.Loose) is not { } time)
        {
            return;
        }

        var focus = Focus(turn.Index);
        if (isDealership && IsQuestion(turn, time) && ProposesTime(turn.Words))
        {
            ProposeTime(focus, time, turn);
        }
        else if (focus is not null && (focus.LastTurn == turn.Index || focus.Due is not { HasClock: true } || isDealership || Corrects(turn.Words))
            && focus.LastTurn >= turn.Index - 2)
        {
            focus.SetDue(time);
            focus.LastTurn = turn.Index;
            turn.Loose.Clear();
        }
    }

    private void ProposeTime(Draft? focus, TimeExpression time, SpokenTurn turn)
    {
        turn.Loose.Clear();
        if (focus is null)
        {
            focus = new(ActionKind.Visit, ActionOwner.Customer, turn.Index, EvidenceOf(turn, time.FirstWord, time.EndWord), []) { IsPending = true };
            _drafts.Add(focus);
        }
        else if (focus.IsPending || focus.IsReopened)
        {
            focus.Turn = turn.Index;
            focus.Evidence = EvidenceOf(turn, time.FirstWord, time.EndWord);
            focus.IsReopened = false;
        }

        focus.Proposed = time;
        focus.LastTurn = turn.Index;
    }

    private static bool IsQuestion(SpokenTurn turn, TimeExpression time)
    {
        var end = Clause.Around(turn.Words, time.FirstWord).SentenceEnd;
        return end < turn.Words.Length && turn.Words[end].Text is "?";
    }

    // "Friday after work, around six" names one time in two parts.
    private static TimeExpression? Combine(IReadOnlyList<TimeExpression> times)
    {
        TimeExpression? result = null;
        foreach (var time in times)
        {
            result = result is { HasDate: true } day && !time.HasDate
                ? time with { FirstWord = day.FirstWord, Due = day.Due.Date + time.Due.TimeOfDay, HasDate = true }
                : time;
        }

        return result;
    }

    // The customer answers what the dealership proposed in the turns before.
    private void AnswerPending(SpokenTurn turn)
    {
        var reply = ReplyReader.Read(turn.Words);
        var ownKinds = turn.Statements.Where(statement => !statement.IsNegated).Select(statement => statement.Kind).ToHashSet();
        foreach (var draft in _drafts.Where(draft => !draft.IsDropped && (draft.IsPending || draft.Proposed is not null) && draft.LastTurn < turn.Index))
        {
            var isNear = turn.Index - draft.LastTurn <= 2;
            var offersTime = turn.Usable.Count > 0 && draft.Kind is ActionKind.Visit or ActionKind.Call;
            if (isNear && reply is Reply.Decline && !offersTime)
            {
                draft.IsDropped = draft.IsPending;
                draft.Proposed = null;
            }
            else if ((isNear && reply is Reply.Accept) || (isNear && offersTime) || ownKinds.Contains(draft.Kind))
            {
                Accept(draft, turn, isTimely: isNear);
            }
        }
    }

    private static void Accept(Draft draft, SpokenTurn turn, bool isTimely)
    {
        draft.IsPending = false;
        draft.LastTurn = turn.Index;
        if (isTimely && draft.Proposed is { } proposed)
        {
            draft.SetDue(proposed);
        }

        if (isTimely && Combine(turn.Loose) is { } time)
        {
            draft.SetDue(time);
        }
    }

    // "Never mind" takes back what was spoken of last. Another time in the same turn moves the item instead.
    private void Withdraw(SpokenTurn turn)
    {
        var isVisit = ReplyReader.CannotCome(turn.Words);
        var target = isVisit
            ? _drafts.LastOrDefault(draft => !draft.IsDropped && draft.Kind is ActionKind.Visit)
            : _drafts.LastOrDefault(draft => !draft.IsDropped && turn.Times.Exists(time => time.HasDate && time.Due.Date == draft.Due?.Due.Date)) ?? Focus(turn.Index);
        if (target is null)
        {
            return;
        }

        if (turn.Usable.Count > 0 && !ReplyReader.Withdraws(turn.Words))
        {
            target.SetDue(Combine(turn.Usable)!.Value);
            target.LastTurn = turn.Index;
        }
        else if (turn.Statements.Any(statement => !statement.IsNegated && statement.Kind == target.Kind && statement.Owner == target.Owner))
        {
            target.ClearDue();
        }
        else
        {
            target.IsDropped = true;
        }
    }

    // "Don't call tonight": the item stays without its time. "Don't call": the item goes.
    private void TakeBack(Statement statement, SpokenTurn turn)
    {
        var target = _drafts.LastOrDefault(draft => !draft.IsDropped && draft.Kind == statement.Kind && draft.Owner == statement.Owner);
        if (target is null)
        {
            return;
        }

        if (turn.Times.Count > 0)
        {
            target.ClearDue();
            target.IsPending = true;
            target.IsReopened = true;
            target.LastTurn = turn.Index;
        }
        else
        {
            target.IsDropped = true;
        }
    }

    private void Record(Statement statement, SpokenTurn turn, bool isPending)
    {
        var time = OnAgreedDay(TimeOf(statement, turn), turn.Index);
        var topic = TopicOf(statement, turn.Words);
        if (FindSame(statement, topic, turn.Index) is { } same)
        {
            same.Topic.UnionWith(topic);
            if (same.Kind is ActionKind.Call && statement.Kind is ActionKind.Send && same.LastTurn >= turn.Index - 1)
            {
                same.Kind = ActionKind.Send;
            }

            if (!isPending)
            {
                same.IsPending = false;
            }

            if (time is not null && isPending && same is { IsPending: false, Due: not null })
            {
                same.Proposed = time;
            }
            else if (time is not null)
            {
                same.SetDue(time.Value);
            }

            same.LastTurn = turn.Index;
            return;
        }

        var draft = new Draft(statement.Kind, statement.Owner, turn.Index, EvidenceOf(turn, statement.FirstWord, statement.EndWord), topic) { IsPending = isPending };
        if (time is not null)
        {
            draft.SetDue(time.Value);
        }

        _drafts.Add(draft);
    }

    // "Eight o'clock sharp" is on the day that was just agreed.
    private TimeExpression? OnAgreedDay(TimeExpression? time, int turn)
    {
        var day = _drafts.LastOrDefault(draft => !draft.IsDropped && draft.LastTurn >= turn - 2 && draft.Due is { HasDate: true })?.Due;
        return time is { HasDate: false } clock && day is { } agreed ? clock with { Due = agreed.Due.Date + clock.Due.TimeOfDay, HasDate = true } : time;
    }

    private Draft? FindSame(Statement statement, HashSet<string> topic, int turn) => _drafts.LastOrDefault(draft =>
        !draft.IsDropped
        && draft.Owner == statement.Owner
        && (draft.Kind == statement.Kind || (draft.Kind is ActionKind.Call && statement.Kind is ActionKind.Send && draft.LastTurn >= turn - 1))
        && (draft.Kind is ActionKind.Visit or ActionKind.Call or ActionKind.Hold or ActionKind.Pay or ActionKind.Remove
            || topic.Count == 0 || draft.Topic.Count == 0 || draft.Topic.Overlaps(topic)
            || (draft.LastTurn >= turn - 1 && draft.Turn != turn && draft.Kind is not ActionKind.Prepare and not ActionKind.Check)))
        ?? _drafts.LastOrDefault(draft => !draft.IsDropped && draft.Owner == statement.Owner && draft.LastTurn >= turn - FocusTurns
            && draft.Topic.Count(topic.Contains) >= Math.Min(2, topic.Count) && topic.Count > 0);

    private static HashSet<string> TopicOf(Statement statement, Word[] words)
    {
        var topic = new HashSet<string>();
        for (var at = statement.ActionWord; at < statement.EndWord; at++)
        {
            if (!words[at].IsMark && !s_commonWords.Contains(words[at].Text) && !char.IsDigit(words[at].Text[0]))
            {
                topic.Add(words[at].Text.EndsWith('s') ? words[at].Text[..^1] : words[at].Text);
            }
        }

        return topic;
    }

    // The time of a statement stands in its clause, else in its sentence, else anywhere in a turn with one statement.
    private static TimeExpression? TimeOf(Statement statement, SpokenTurn turn)
    {
        var inClause = turn.Usable.FindAll(time => time.FirstWord >= statement.FirstWord && time.FirstWord < statement.EndWord);
        if (inClause.Count > 0)
        {
            return Combine(inClause);
        }

        var sentence = Clause.Around(turn.Words, statement.FirstWord).SentenceEnd;
        return Combine(turn.Usable.FindAll(time => Clause.Around(turn.Words, time.FirstWord).SentenceEnd == sentence))
            ?? (turn.Statements.Count == 1 ? Combine(turn.Loose) : null);
    }

    private Draft? Focus(int turn) => _drafts
        .Where(draft => !draft.IsDropped && draft.LastTurn >= turn - FocusTurns)
        .OrderBy(draft => draft.LastTurn).ThenBy(draft => draft.IsPending).LastOrDefault();

    private static bool Corrects(Word[] words)
    {
        foreach (var word in words)
        {
            if (word.Text is "actually" or "instead" or "make" or "change" or "move" or "rather" or "wait" or "better" or "mejor" or "can" or "do" or "then")
            {
                return true;
            }
        }

        return false;
    }

    private static bool ProposesTime(Word[] words)
    {
        foreach (var word in words)
        {
            if (word.Text is "work" or "works" or "how" or "what" or "good" or "okay" or "ok" or "would" or "does" or "free" or "say" or "parece" or "then" or "?")
            {
                return true;
            }
        }

        return false;
    }

    private static Evidence EvidenceOf(SpokenTurn turn, int firstWord, int endWord)
    {
        var start = turn.Words[firstWord].Start;
        return Evidence.From(turn.Turn.Text, start, turn.Words[endWord - 1].End - start);
    }

    private sealed record SpokenTurn(
        int Index, Turn Turn, Word[] Words, List<Statement> Statements, List<TimeExpression> Times, List<TimeExpression> Usable,
        List<TimeExpression> Loose);
}
