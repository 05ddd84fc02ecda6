using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>One row of the explanation of a score.</summary>
/// <param name="Factor">The name of the factor.</param>
/// <param name="Points">What the factor adds or takes, with one decimal digit.</param>
/// <param name="Reason">Why, in one sentence.</param>
/// <param name="Evidence">The texts and calls on which the factor rests, newest first: the provider's ids.</param>
/// <param name="Since">When the reason arose; null if it has no time.</param>
internal sealed record ScoreRow(string Factor, double Points, string Reason, IReadOnlyList<string> Evidence, DateTimeOffset? Since);

/// <summary>The score of a lead with its explanation. The points of the rows add up to the score, rounded.</summary>
internal sealed record LeadScore(int Value, string Formula, IReadOnlyList<ScoreRow> Rows);

/// <summary>
/// Computes how promising a lead is, from 0 to 100: a sum of named factors, most of which lose half of their points in a fixed time.
/// <c>docs/scoring.md</c> explains the factors to people.
/// </summary>
internal static class ScoreFormula
{
    /// <summary>The version of the formula. Raise it with every change of a number or a rule: all scores are then computed again.</summary>
    public const string Version = "1";

    private const int MaxEvidence = 5;

    private const double RecencyPoints = 25, RecencyHalfLife = 4;
    private const double TextPoints = 4, MaxTextPoints = 12, TextHalfLife = 7;
    private const double CallPoints = 9, MaxCallPoints = 18, CallHalfLife = 10, FullCallSeconds = 180, MinCallShare = 0.3;
    private const double BuyingPoints = 12, MaxBuyingPoints = 20, BuyingHalfLife = 5;
    private const double ObjectionPoints = -5, MaxObjectionPoints = -12, ObjectionHalfLife = 7;
    private const double SentimentPoints = 10, SentimentHalfLife = 10;
    private const double ProfilePoints = 12;
    private const double FitPoints = 8, UnfitPoints = -4, FitShare = 0.2;
    private const double AppointmentPoints = 20, AppointmentHalfLife = 2;
    private const double NoShowPoints = -10, MaxNoShowPoints = -20, NoShowHalfLife = 14;
    private const double SilencePoints = -5, MaxSilencePoints = -15;
    private const int FreeAttempts = 2;
    private const double PartialPoints = 4, ReadyPoints = 10;

    /// <summary>Computes the score at a time.</summary>
    public static LeadScore Compute(LeadFacts facts, DateTimeOffset now)
    {
        List<ScoreRow> rows =
        [
            .. Recency(facts, now), .. Texts(facts, now), .. Calls(facts, now), .. Buying(facts, now), .. Objections(facts, now),
            .. Sentiment(facts, now), .. Profile(facts), .. BudgetFit(facts), .. Appointment(facts, now), .. NoShows(facts, now),
            .. Silence(facts), .. Funding(facts),
        ];
        rows.RemoveAll(row => row.Points == 0);
        var sum = rows.Sum(row => row.Points);
        if (Gate(facts) is { } gate)
        {
            rows.Add(gate with { Points = Round(-sum) });
        }
        else if (sum is < 0 or > 100)
        {
            rows.Add(new ScoreRow("limit", Round(Math.Clamp(sum, 0, 100) - sum), "A score is from 0 to 100.", [], null));
        }

        return new LeadScore((int)Math.Round(rows.Sum(row => row.Points), MidpointRounding.AwayFromZero), Version, rows);
    }

    // Nothing can be sold to these leads, whatever else is known of them.
    private static ScoreRow? Gate(LeadFacts facts) => facts.Status.Status switch
    {
        LeadStatus.DoNotContact => new ScoreRow(
            "stop",
            0,
            "The lead must not be contacted.",
            References(facts.Signals.Where(signal => signal.Kind == SignalKind.StopRequest)),
            facts.Status.ChangedAt),
        LeadStatus.Sold => new ScoreRow("sold", 0, "The lead has bought here.", [], facts.Status.ChangedAt),
        LeadStatus.Lost => new ScoreRow("lost", 0, $"The lead is lost: {facts.Status.Reason}", [], facts.Status.ChangedAt),
        _ => null,
    };

    private static IEnumerable<ScoreRow> Recency(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.LastFromLead is { } last)
        {
            yield return new ScoreRow(
                "recency",
                Round(RecencyPoints * Decay(now - last.At, RecencyHalfLife)),
                $"The lead's last sign of life was a {last.Kind} {Ago(now - last.At)}.",
                [last.Reference],
                last.At);
        }
    }

    private static IEnumerable<ScoreRow> Texts(LeadFacts facts, DateTimeOffset now)
    {
        var texts = facts.Contacts.Where(contact => contact is { IsCall: false, IsInbound: true }).Reverse().ToList();
        if (texts.Count > 0)
        {
            yield return new ScoreRow(
                "texts",
                Round(Math.Min(MaxTextPoints, texts.Sum(text => TextPoints * Decay(now - text.At, TextHalfLife)))),
                $"The lead has sent {Count(texts.Count, "text")}, the last {Ago(now - texts[0].At)}.",
                References(texts),
                texts[0].At);
        }
    }

    private static IEnumerable<ScoreRow> Calls(LeadFacts facts, DateTimeOffset now)
    {
        var calls = facts.Contacts.Where(contact => contact.IsConversation).Reverse().ToList();
        if (calls.Count > 0)
        {
            var points = calls.Sum(call =>
                CallPoints * Math.Clamp(call.TalkSeconds / FullCallSeconds, MinCallShare, 1) * Decay(now - call.At, CallHalfLife));
            yield return new ScoreRow(
                "calls",
                Round(Math.Min(MaxCallPoints, points)),
                $"The lead has talked with us on {Count(calls.Count, "call")}, {calls.Sum(call => call.TalkSeconds) / 60:0} minutes in all.",
                References(calls),
                calls[0].At);
        }
    }

    private static IEnumerable<ScoreRow> Buying(LeadFacts facts, DateTimeOffset now) => FromSignals(
        facts, now, SignalKind.BuyingSignal, "buying_signals", BuyingPoints, MaxBuyingPoints, BuyingHalfLife, "The lead was ready to buy");

    private static IEnumerable<ScoreRow> Objections(LeadFacts facts, DateTimeOffset now) => FromSignals(
        facts, now, SignalKind.Objection, "objections", ObjectionPoints, MaxObjectionPoints, ObjectionHalfLife, "Something holds the lead back");

    private static IEnumerable<ScoreRow> FromSignals(
        LeadFacts facts,
        DateTimeOffset now,
        SignalKind kind,
        string factor,
        double pointsEach,
        double maxPoints,
        double halfLife,
        string meaning)
    {
        var signals = facts.Signals.Where(signal => signal.Kind == kind).Reverse().ToList();
        if (signals.Count == 0)
        {
            yield break;
        }

        var points = signals.Sum(signal => pointsEach * Decay(now - signal.At, halfLife));
        var details = string.Join(", ", signals.Select(signal => signal.Detail).OfType<string>().Distinct().Take(MaxEvidence));
        yield return new ScoreRow(
            factor,
            Round(maxPoints > 0 ? Math.Min(maxPoints, points) : Math.Max(maxPoints, points)),
            $"{meaning} {Count(signals.Count, "time")}{(details.Length > 0 ? $": {details}" : "")}.",
            References(signals),
            signals[0].At);
    }

    private static IEnumerable<ScoreRow> Sentiment(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.Sentiments is [.., var last])
        {
            yield return new ScoreRow(
                "sentiment",
                Round(SentimentPoints * last.Score * Decay(now - last.At, SentimentHalfLife)),
                FormattableString.Invariant($"The sentiment of the newest conversation is {last.Score:0.0}, from -1 to 1."),
                [last.Reference],
                last.At);
        }
    }

    private static IEnumerable<ScoreRow> Profile(LeadFacts facts)
    {
        var known = ProfileFields.Collected.Count(facts.Profile.ContainsKey);
        yield return new ScoreRow(
            "profile",
            Round(ProfilePoints * known / ProfileFields.Collected.Count),
            $"{known} of {ProfileFields.Collected.Count} fields of the profile are known.",
            [],
            null);
    }

    private static IEnumerable<ScoreRow> BudgetFit(LeadFacts facts)
    {
        if (facts.Find<MoneyValue>(ProfileFields.MonthlyIncome) is not { Dollars: > 0 and var income }
            || facts.Find<MoneyValue>(ProfileFields.MonthlyPaymentBudget) is not { Dollars: > 0 and var budget })
        {
            yield break;
        }

        var share = (double)(budget / income);
        yield return new ScoreRow(
            "budget_fit",
            share <= FitShare ? FitPoints : UnfitPoints,
            FormattableString.Invariant(
                $"The payment of ${budget:#,0} is {share * 100:0} % of the income. Lenders accept about {FitShare * 100:0} %."),
            [],
            null);
    }

    private static IEnumerable<ScoreRow> Appointment(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.Status is { Status: LeadStatus.Appointment } status)
        {
            // An appointment keeps its points until it has passed.
            var passed = now - (status.AppointmentAt ?? status.ChangedAt + TimeSpan.FromDays(7));
            yield return new ScoreRow(
                "appointment",
                Round(AppointmentPoints * Decay(passed, AppointmentHalfLife)),
                passed > TimeSpan.Zero ? "The time of the visit has passed, and nobody recorded the outcome." : "A visit is agreed.",
                [],
                status.ChangedAt);
        }
    }

    private static IEnumerable<ScoreRow> NoShows(LeadFacts facts, DateTimeOffset now)
    {
        if (facts.Status is { NoShows: > 0, NoShowAt: { } last } status)
        {
            yield return new ScoreRow(
                "no_shows",
                Round(Math.Max(MaxNoShowPoints, NoShowPoints * status.NoShows) * Decay(now - last, NoShowHalfLife)),
                $"The lead did not come {Count(status.NoShows, "time")}.",
                [],
                last);
        }
    }

    private static IEnumerable<ScoreRow> Silence(LeadFacts facts)
    {
        var attempts = facts.UnansweredAttempts.Reverse().ToList();
        if (attempts.Count > FreeAttempts)
        {
            yield return new ScoreRow(
                "silence",
                Math.Max(MaxSilencePoints, SilencePoints * (attempts.Count - FreeAttempts)),
                $"The lead has not answered {attempts.Count} of our texts and calls.",
                References(attempts),
                attempts[^1].At);
        }
    }

    private static IEnumerable<ScoreRow> Funding(LeadFacts facts)
    {
        var funding = FundingReadiness.Of(facts);
        yield return new ScoreRow(
            "funding",
            funding.Readiness switch { Readiness.Ready => ReadyPoints, Readiness.Partial => PartialPoints, _ => 0 },
            $"{funding.Items.Count(item => item.IsThere)} of {funding.Items.Count} items of the funding checklist are there.",
            [],
            null);
    }

    // Half of the points remain after each half-life, in days. What lies in the future has all of its points.
    private static double Decay(TimeSpan age, double halfLife) => Math.Pow(0.5, Math.Max(0, age.TotalDays) / halfLife);

    private static double Round(double points) => Math.Round(points, 1, MidpointRounding.AwayFromZero);

    private static string Count(int number, string thing) => number == 1 ? $"one {thing}" : $"{number} {thing}s";

    private static string Ago(TimeSpan age) => age.TotalDays switch
    {
        < 1d / 24 => "within the last hour",
        < 2 => $"{Count((int)age.TotalHours, "hour")} ago",
        _ => $"{(int)age.TotalDays} days ago",
    };

    private static IReadOnlyList<string> References(IEnumerable<Contact> contacts) => [.. contacts.Select(c => c.Reference).Take(MaxEvidence)];

    private static IReadOnlyList<string> References(IEnumerable<LeadSignal> signals) =>
        [.. signals.Select(signal => signal.Reference).Distinct().Take(MaxEvidence)];
}
