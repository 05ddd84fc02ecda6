using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>What has to be done, roughly. Two statements of one kind and owner are usually one item.</summary>
internal enum ActionKind
{
    /// <summary>To call, or to get in touch in any way.</summary>
    Call,

    /// <summary>To send something or to write.</summary>
    Send,

    /// <summary>To come to the dealership.</summary>
    Visit,

    /// <summary>To bring something along.</summary>
    Bring,

    /// <summary>To keep a car back.</summary>
    Hold,

    /// <summary>To find something out, or to talk to somebody.</summary>
    Check,

    /// <summary>To get something ready.</summary>
    Prepare,

    /// <summary>To fill out or sign a form.</summary>
    Form,

    /// <summary>To pay.</summary>
    Pay,

    /// <summary>To remove somebody from a list or a file.</summary>
    Remove,

    /// <summary>To do something else.</summary>
    Other,
}

/// <summary>How an action is spoken of.</summary>
internal enum Mood
{
    /// <summary>The speaker will do it.</summary>
    Commitment,

    /// <summary>The speaker asks the other side to do it.</summary>
    Request,

    /// <summary>The speaker proposes it. The proposal becomes an item when the other side agrees.</summary>
    Proposal,
}

/// <summary>A statement about something to do, found in one turn.</summary>
/// <param name="Kind">What has to be done.</param>
/// <param name="Owner">Who has to act.</param>
/// <param name="Mood">How the speaker speaks of it.</param>
/// <param name="FirstWord">The index of the first word of the pattern.</param>
/// <param name="ActionWord">The index of the word where the action itself begins.</param>
/// <param name="EndWord">The index behind the last word of the clause.</param>
/// <param name="IsNegated">Whether the action is not to be done.</param>
internal readonly record struct Statement(
    ActionKind Kind, ActionOwner Owner, Mood Mood, int FirstWord, int ActionWord, int EndWord, bool IsNegated);

/// <summary>A pattern and what it means.</summary>
/// <param name="Lead">The words that lead to the action: "can you", "I'll".</param>
/// <param name="Mood">How the speaker speaks of the action.</param>
/// <param name="IsOwnAction">Whether the speaker is the one who acts.</param>
internal sealed record LeadIn(Phrase Lead, Mood Mood, bool IsOwnAction);

/// <summary>The words of an action.</summary>
/// <param name="Words">The pattern.</param>
/// <param name="Kind">What has to be done.</param>
internal sealed record ActionWords(Phrase Words, ActionKind Kind);
