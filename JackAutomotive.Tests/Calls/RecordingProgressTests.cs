using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Features.Calls;

namespace JackAutomotive.Tests.Features.Calls;

/// <summary>The state of a recording, against every order and repetition of its callbacks.</summary>
public sealed class RecordingProgressTests
{
    [Property]
    public Property Every_order_and_repetition_ends_in_the_same_state_and_never_goes_back()
    {
        var cases = from told in Gen.ListOf(Gen.Elements("in-progress", "completed", "absent", "failed", "something new"))
                    from again in Gen.Shuffle(told.Concat(told).ToArray())
                    select (told: told.Select(Report).ToList(), again: again.Select(Report).ToList());
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(RecordingProgress.Of(c.told), RecordingProgress.Of(c.again));

            var ranks = c.again.Select((_, i) => RecordingProgress.RankOf(RecordingProgress.Of(c.again.Take(i + 1))?.Status)).ToList();
            Assert.Equal(ranks.Order(), ranks);
        });
    }

    [Theory]
    [InlineData("in-progress", "completed", "completed")]
    [InlineData("in-progress", "absent", "absent")]
    [InlineData("in-progress", "failed", "failed")]
    [InlineData("absent", "completed", "completed")]
    [InlineData("something new", "in-progress", "in-progress")]
    public void Of_two_statuses_one_counts_whichever_comes_first(string one, string other, string expected)
    {
        Assert.Equal(expected, RecordingProgress.Of([Report(one), Report(other)])?.Status);
        Assert.Equal(expected, RecordingProgress.Of([Report(other), Report(one)])?.Status);
    }

    [Fact]
    public void What_only_an_earlier_status_said_is_not_lost()
    {
        var state = RecordingProgress.Of(
            [new RecordingReport("completed", DurationSeconds: 42), new RecordingReport("in-progress", Channels: 2)]);

        Assert.Equal((42, 2), (state?.DurationSeconds, state?.Channels));
    }

    // What a callback says follows from its status, and some say less than others.
    private static RecordingReport Report(string status) => new(
        status,
        Url: status.Length % 2 == 0 ? null : $"https://api.example.com/{status}",
        DurationSeconds: status == "completed" ? 42 : null,
        Channels: status.Length > 6 ? status.Length : null);
}
