using JackAutomotive.Analysis.Times;
using NodaTime;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>An action item while the conversation is read.</summary>
/// <param name="kind">What has to be done.</param>
/// <param name="owner">Who has to act.</param>
/// <param name="turn">The index of the turn that first states the item.</param>
/// <param name="evidence">The words that state the item.</param>
/// <param name="topic">The content words of the statement.</param>
internal sealed class Draft(ActionKind kind, ActionOwner owner, int turn, Evidence evidence, HashSet<string> topic)
{
    public ActionKind Kind { get; set; } = kind;

    public ActionOwner Owner { get; } = owner;

    /// <summary>The index of the turn that first states the item.</summary>
    public int Turn { get; set; } = turn;

    public Evidence Evidence { get; set; } = evidence;

    /// <summary>The content words of the statement, which tell two items of one kind apart.</summary>
    public HashSet<string> Topic { get; } = topic;

    /// <summary>The index of the last turn that spoke of the item.</summary>
    public int LastTurn { get; set; } = turn;

    /// <summary>Whether the time was taken back, so that the next proposal of a time states the item anew.</summary>
    public bool IsReopened { get; set; }

    /// <summary>Whether the other side still has to agree.</summary>
    public bool IsPending { get; set; }

    /// <summary>Whether the item was declined or taken back.</summary>
    public bool IsDropped { get; set; }

    /// <summary>The agreed time.</summary>
    public TimeExpression? Due { get; private set; }

    /// <summary>A time that the other side has proposed and that is not agreed.</summary>
    public TimeExpression? Proposed { get; set; }

    /// <summary>Sets the time. A time of the day completes a day that was agreed before, and the other way round.</summary>
    public void SetDue(TimeExpression time)
    {
        var old = Due;
        Due = old switch
        {
            { HasDate: true, HasClock: false } day when !time.HasDate => time with { Due = day.Due.Date + time.Due.TimeOfDay, HasDate = true },
            { HasDate: false } clock when time.HasDate && !time.HasClock && time.Due.TimeOfDay != LocalTime.Midnight =>
                time with { Due = time.Due.Date + clock.Due.TimeOfDay, HasClock = true },
            { HasClock: true } same when time is { HasDate: true, HasClock: false } && time.Due.Date == same.Due.Date => same,
            { HasDate: true, HasClock: true } both when !time.HasDate => time with { Due = both.Due.Date + time.Due.TimeOfDay, HasDate = true },
            _ => time,
        };
        Proposed = null;
    }

    public void ClearDue() => Due = null;
}
