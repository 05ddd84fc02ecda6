using System.Text.Json.Serialization;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>The part of the scale in which a score lies.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ScoreBand>))]
internal enum ScoreBand
{
    [JsonStringEnumMemberName("low")]
    Low,

    [JsonStringEnumMemberName("medium")]
    Medium,

    [JsonStringEnumMemberName("high")]
    High,
}

/// <summary>A score as watchers were told.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Band">The band of the score.</param>
/// <param name="Reasons">The names of the factors that decided it, in alphabetical order.</param>
internal sealed record AnnouncedScore(int Score, ScoreBand Band, IReadOnlyList<string> Reasons)
{
    private const int HighFrom = 60, MediumFrom = 25;
    private const int NoticeableChange = 5;
    private const double NoticeablePoints = 2;

    public static AnnouncedScore Of(LeadScore score) => new(
        score.Value,
        FindBand(score.Value),
        [.. score.Rows.Where(row => Math.Abs(row.Points) >= NoticeablePoints).Select(row => row.Factor).Order(StringComparer.Ordinal)]);

    public static ScoreBand FindBand(int score) => score switch
    {
        >= HighFrom => ScoreBand.High,
        >= MediumFrom => ScoreBand.Medium,
        _ => ScoreBand.Low,
    };

    /// <summary>
    /// Returns whether watchers should be told of this score: it is the first, its band is another, it differs by five points or more, or a
    /// factor of two points or more has come or gone. A score that only fades a little is no news.
    /// </summary>
    public bool IsNewsAfter(AnnouncedScore? before) =>
        before is null || Band != before.Band || Math.Abs(Score - before.Score) >= NoticeableChange || !Reasons.SequenceEqual(before.Reasons);
}
