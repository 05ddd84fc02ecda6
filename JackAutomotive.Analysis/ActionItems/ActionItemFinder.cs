using System.Text;
using NodaTime;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>Finds what somebody agreed or was asked to do in a conversation.</summary>
internal static class ActionItemFinder
{
    private const int MaxTextLength = 120;

    /// <summary>Returns the items in the order in which they were first stated.</summary>
    public static IReadOnlyList<ActionItem> Find(Transcript transcript)
    {
        var dialogue = new Dialogue(transcript);
        for (var index = 0; index < transcript.Turns.Count; index++)
        {
            dialogue.Read(index);
        }

        return [.. dialogue.Complete().Select(draft => new ActionItem(
            Describe(draft), draft.Owner, Resolve(draft.Due?.Due, transcript.TimeZone), draft.Turn, [draft.Evidence]))];
    }

    // A time that a change to summer time skips is moved forward; a time that occurs twice is the earlier one.
    private static DateTimeOffset? Resolve(LocalDateTime? due, DateTimeZone zone) =>
        due is null ? null : zone.AtLeniently(due.Value).ToDateTimeOffset();

    private static string Describe(Draft draft)
    {
        var label = draft.Kind switch
        {
            ActionKind.Call => draft.Owner is ActionOwner.Staff ? "Call the customer" : "Call the dealership",
            ActionKind.Send => draft.Owner is ActionOwner.Staff ? "Send to the customer" : "Send to the dealership",
            ActionKind.Visit => "Come to the dealership",
            ActionKind.Bring => "Bring along",
            ActionKind.Hold => "Hold the car",
            ActionKind.Check => "Find out",
            ActionKind.Prepare => "Get ready",
            ActionKind.Form => "Complete the form",
            ActionKind.Pay => "Pay",
            ActionKind.Remove => "Remove from the list",
            ActionKind.Other => "Do",
            _ => throw new ArgumentOutOfRangeException(nameof(draft), draft.Kind, "The kind has no text."),
        };
        var text = new StringBuilder(label).Append(": \"").Append(draft.Evidence.Text.ReplaceLineEndings(" ")).Append('"');
        return text.Length <= MaxTextLength ? text.ToString() : text.ToString(0, MaxTextLength - 2) + "…\"";
    }
}
