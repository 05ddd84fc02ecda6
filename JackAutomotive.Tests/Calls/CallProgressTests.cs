using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Features.Calls;

namespace JackAutomotive.Tests.Features.Calls;

/// <summary>The state of a telephone call, against every order and repetition of its callbacks.</summary>
public sealed class CallProgressTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] s_statuses =
    [
        "queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled", "something new",
    ];

    [Property]
    public Property Every_order_and_repetition_ends_in_the_same_state_and_its_status_never_goes_back()
    {
        // A callback is known by its status and its number: what else it says follows from them.
        var report = from status in Gen.Elements(s_statuses)
                     from sequence in Gen.Choose(-1, 6)
                     select Report(status, sequence);
        var cases = from told in Gen.ListOf(report)
                    from again in Gen.Shuffle(told.Concat(told).ToArray())
                    select (told, again);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(CallProgress.Of(c.told), CallProgress.Of(c.again));

            var ranks = c.again.Select((_, i) => CallProgress.RankOf(CallProgress.Of(c.again.Take(i + 1)).Status)).ToList();
            Assert.Equal(ranks.Order(), ranks);
        });
    }

    [Property]
    public Property Of_a_call_in_order_the_highest_number_counts_in_whatever_order_it_is_told()
    {
        var cases = from end in Gen.Elements("completed", "busy", "failed", "no-answer", "canceled")
                    from length in Gen.Choose(1, 5)
                    let course = new[] { "queued", "initiated", "ringing", "in-progress", end }.TakeLast(length)
                    from shuffled in Gen.Shuffle(course.Select((status, i) => new CallReport(status, i)).ToArray())
                    from told in Gen.Choose(1, length)
                    select shuffled.Take(told).ToList();
        return Prop.ForAll(cases.ToArbitrary(), told =>
            Assert.Equal(told.MaxBy(report => report.Sequence)!.Status, CallProgress.Of(told).Status));
    }

    [Theory]
    [InlineData("completed", 1, "in-progress", 5, "completed")]
    [InlineData("in-progress", -1, "ringing", 3, "in-progress")]
    [InlineData("no-answer", 2, "completed", 3, "completed")]
    [InlineData("completed", 2, "no-answer", 3, "no-answer")]
    [InlineData("something new", 9, "queued", -1, "queued")]
    public void Of_two_statuses_one_counts_whichever_comes_first(string one, int oneNumber, string other, int otherNumber, string expected)
    {
        Assert.Equal(expected, CallProgress.Of([Report(one, oneNumber), Report(other, otherNumber)]).Status);
        Assert.Equal(expected, CallProgress.Of([Report(other, otherNumber), Report(one, oneNumber)]).Status);
    }

    [Fact]
    public void It_rings_until_it_is_answered_and_talks_until_it_ends()
    {
        var state = CallProgress.Of([At("completed", 50), At("in-progress", 12), At("ringing", 2), At("initiated", 0)]);

        Assert.Equal((10d, 38d), (state.RingSeconds, state.TalkSeconds));
        Assert.Equal((s_start.AddSeconds(2), s_start.AddSeconds(50)), (state.RingingAt, state.EndedAt));
    }

    [Fact]
    public void A_call_that_nobody_answers_rings_until_its_end_and_talks_never()
    {
        var state = CallProgress.Of([At("ringing", 2), At("no-answer", 32)]);

        Assert.Equal((30d, null), (state.RingSeconds, state.TalkSeconds));
    }

    [Fact]
    public void What_Twilio_counts_outweighs_the_times()
    {
        var state = CallProgress.Of([At("in-progress", 12), At("completed", 50) with { TalkSeconds = 37 }]);

        Assert.Equal(37d, state.TalkSeconds);
    }

    [Fact]
    public void Of_nothing_there_is_no_state() => Assert.Null(CallProgress.Of([]).Status);

    private static CallReport Report(string status, int sequence) => new(
        status,
        sequence,
        sequence % 2 == 0 ? s_start.AddSeconds(sequence) : null,
        status == "completed" ? sequence : null,
        sequence == 3 ? $"answered-{status}" : null);

    private static CallReport At(string status, int seconds) => new(status, At: s_start.AddSeconds(seconds));
}
