using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Scoring;

namespace JackAutomotive.Tests.Scoring;

/// <summary>The changes of a score that are announced to watchers.</summary>
public sealed class AnnouncedScoreTests
{
    [Theory]
    [InlineData(0, "Low")]
    [InlineData(24, "Low")]
    [InlineData(25, "Medium")]
    [InlineData(59, "Medium")]
    [InlineData(60, "High")]
    [InlineData(100, "High")]
    public void Each_score_lies_in_one_band(int score, string band) => Assert.Equal(band, AnnouncedScore.FindBand(score).ToString());

    [Fact]
    public void The_first_score_is_news() => Assert.True(Announce(40, "recency").IsNewsAfter(null));

    [Fact]
    public void A_score_that_differs_by_less_than_five_points_is_no_news()
    {
        var before = Announce(40, "recency");

        Assert.False(Announce(36, "recency").IsNewsAfter(before));
        Assert.False(Announce(44, "recency").IsNewsAfter(before));
        Assert.True(Announce(35, "recency").IsNewsAfter(before));
        Assert.True(Announce(45, "recency").IsNewsAfter(before));
    }

    [Fact]
    public void Another_band_is_news_however_small_the_change() =>
        Assert.True(Announce(60, "recency").IsNewsAfter(Announce(59, "recency")));

    [Fact]
    public void A_reason_that_comes_or_goes_is_news()
    {
        var before = Announce(40, "recency");

        Assert.True(Announce(40, "recency", "texts").IsNewsAfter(before));
        Assert.True(before.IsNewsAfter(Announce(40, "recency", "texts")));
    }

    [Fact]
    public void A_factor_of_less_than_two_points_is_no_reason()
    {
        LeadScore score = new(30, "1", [Row("recency", 25), Row("texts", -2), Row("calls", 1.9)]);

        Assert.Equal(["recency", "texts"], AnnouncedScore.Of(score).Reasons);
    }

    [Property]
    public void The_same_score_is_never_news(byte score, string[] reasons)
    {
        LeadScore computed = new(score % 101, "1", [.. reasons.Select(reason => Row(reason, 3))]);

        Assert.False(AnnouncedScore.Of(computed).IsNewsAfter(AnnouncedScore.Of(computed)));
    }

    private static AnnouncedScore Announce(int score, params string[] reasons) =>
        AnnouncedScore.Of(new LeadScore(score, "1", [.. reasons.Select(reason => Row(reason, 10))]));

    private static ScoreRow Row(string factor, double points) => new(factor, points, "because", [], null);
}
