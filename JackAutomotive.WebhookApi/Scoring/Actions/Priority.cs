namespace JackAutomotive.WebhookApi.Scoring.Actions;

/// <summary>
/// The place of a lead in the list of those to call first. The priority is a number of points: the weight of the next action, a fifth of
/// the score, and one point for each day since the action was due. All leads gain one point a day, so their order does not change while time
/// passes, and an index can hold it: the time at which the priority was zero.
/// </summary>
internal static class Priority
{
    private const double ScorePerPoint = 5;

    /// <summary>Returns how important an action is, in points.</summary>
    public static double GetWeight(ActionKind kind) => kind switch
    {
        ActionKind.SpeakToPerson => 40,
        ActionKind.CallBack => 30,
        ActionKind.AnswerText or ActionKind.ReturnCall => 25,
        ActionKind.FirstContact or ActionKind.ConfirmAppointment => 20,
        ActionKind.KeepPromise => 15,
        ActionKind.RecordOutcome => 5,
        ActionKind.ChaseDocument => 2,
        _ => 0,
    };

    /// <summary>Returns the time at which the priority was, or will be, zero. Null if there is nothing to do.</summary>
    public static DateTimeOffset? FindZero(NextAction action, int score) =>
        action.DueAt - TimeSpan.FromDays(GetWeight(action.Kind) + (score / ScorePerPoint));

    /// <summary>Returns the priority at a time, in points with one decimal digit.</summary>
    public static double Compute(DateTimeOffset zero, DateTimeOffset now) => Math.Round((now - zero).TotalDays, 1);

    /// <summary>Explains the priority.</summary>
    public static IReadOnlyList<PriorityReason> Explain(NextAction action, int score, DateTimeOffset now) =>
    [
        new(action.Reason, GetWeight(action.Kind)),
        new($"The score is {score}.", Math.Round(score / ScorePerPoint, 1)),
        now >= action.DueAt
            ? new("Days since the action was due.", Math.Round((now - action.DueAt.Value).TotalDays, 1))
            : new("Days until the action is due.", Math.Round((now - action.DueAt!.Value).TotalDays, 1)),
    ];
}

/// <summary>One part of a priority.</summary>
internal sealed record PriorityReason(string Reason, double Points);
