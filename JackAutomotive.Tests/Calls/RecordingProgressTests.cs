using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Calls;

namespace JackAutomotive.Tests.Calls;

/// <summary>The state of a recording, for every order and repetition of its callbacks.</summary>
public sealed class RecordingProgressTests
{
    [Property]
    public Property Callbacks_in_any_order_and_repetition_lead_to_the_same_state_and_its_rank_never_decreases()
    {
        var cases = from original in Gen.ListOf(Gen.Elements("in-progress", "completed", "absent", "failed", "something new"))
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original: original.Select(Report).ToList(), shuffled: shuffled.Select(Report).ToList());
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(RecordingProgress.FromReports(c.original), RecordingProgress.FromReports(c.shuffled));

            var ranks = c.shuffled.Select((_, i) => RecordingProgress.RankOf(RecordingProgress.FromReports(c.shuffled.Take(i + 1))?.Status)).ToList();
            Assert.Equal(ranks.Order(), ranks);
        });
    }

    [Property]
    public Property Callbacks_that_say_more_or_less_about_one_status_lead_to_one_state_in_any_order_and_repetition()
    {
        var report = from status in Gen.Elements("in-progress", "completed", "absent", "something new")
                     from url in Gen.Elements(null, "https://example.com/1", "https://example.com/2")
                     from seconds in Gen.Elements<int?>(null, 0, 42)
                     from channels in Gen.Elements<int?>(null, 1, 2)
                     from error in Gen.Elements(null, "1", "2")
                     select new RecordingReport(status, url, seconds, channels, ErrorCode: error);
        var cases = from original in Gen.ListOf(report)
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(RecordingProgress.FromReports(c.original), RecordingProgress.FromReports(c.shuffled));
            var combined = c.shuffled.GroupBy(r => r.Status).Select(same => same.Aggregate((one, other) => one.Combine(other)));
            Assert.Equal(RecordingProgress.FromReports(c.original), RecordingProgress.FromReports(combined));
        });
    }

    [Theory]
    [InlineData("in-progress", "completed", "completed")]
    [InlineData("in-progress", "absent", "absent")]
    [InlineData("in-progress", "failed", "failed")]
    [InlineData("absent", "completed", "completed")]
    [InlineData("something new", "in-progress", "in-progress")]
    public void The_same_status_wins_in_either_order_of_two_callbacks(string one, string other, string expected)
    {
        Assert.Equal(expected, RecordingProgress.FromReports([Report(one), Report(other)])?.Status);
        Assert.Equal(expected, RecordingProgress.FromReports([Report(other), Report(one)])?.Status);
    }

    [Fact]
    public void A_field_that_only_an_earlier_status_carries_is_kept()
    {
        var state = RecordingProgress.FromReports(
            [new RecordingReport("completed", DurationSeconds: 42), new RecordingReport("in-progress", Channels: 2)]);

        Assert.Equal((42, 2), (state?.DurationSeconds, state?.Channels));
    }

    // The fields of a callback derive from its status. Some statuses carry fewer fields than others.
    private static RecordingReport Report(string status) => new(
        status,
        Url: status.Length % 2 == 0 ? null : $"https://api.example.com/{status}",
        DurationSeconds: status == "completed" ? 42 : null,
        Channels: status.Length > 6 ? status.Length : null);
}
