using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Calls;

namespace JackAutomotive.Tests.Calls;

/// <summary>The state of a telephone call, for every order and repetition of its callbacks.</summary>
public sealed class CallProgressTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] s_statuses =
    [
        "queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled", "something new",
    ];

    [Property]
    public Property Callbacks_in_any_order_and_repetition_lead_to_the_same_state_and_its_rank_never_decreases()
    {
        // Status and sequence number identify a callback. Its other fields derive from both.
        var report = from status in Gen.Elements(s_statuses)
                     from sequence in Gen.Choose(-1, 6)
                     select Report(status, sequence);
        var cases = from original in Gen.ListOf(report)
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(CallProgress.FromReports(c.original), CallProgress.FromReports(c.shuffled));

            var ranks = c.shuffled.Select((_, i) => CallProgress.RankOf(CallProgress.FromReports(c.shuffled.Take(i + 1)).Status)).ToList();
            Assert.Equal(ranks.Order(), ranks);
        });
    }

    [Property]
    public Property Callbacks_that_say_more_or_less_about_one_status_lead_to_one_state_in_any_order_and_repetition()
    {
        var report = from status in Gen.Elements(s_statuses)
                     from sequence in Gen.Choose(-1, 2)
                     from seconds in Gen.Elements<int?>(null, 0, 3)
                     from talk in Gen.Elements<double?>(null, 0, 42)
                     from answeredBy in Gen.Elements(null, "unknown", "human", "machine_start", "fax")
                     from sip in Gen.Elements(null, "200", "486")
                     select new CallReport(status, sequence, seconds is { } s ? s_start.AddSeconds(s) : null, talk, answeredBy, sip);
        var cases = from original in Gen.ListOf(report)
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Assert.Equal(CallProgress.FromReports(c.original), CallProgress.FromReports(c.shuffled));

            // The store combines the reports of one callback before it keeps them.
            var combined = c.shuffled.GroupBy(r => (r.Status, r.Sequence)).Select(same => same.Aggregate((one, other) => one.Combine(other)));
            Assert.Equal(CallProgress.FromReports(c.original), CallProgress.FromReports(combined));
        });
    }

    [Property]
    public Property The_status_with_the_highest_sequence_number_wins_in_any_order()
    {
        var cases = from end in Gen.Elements("completed", "busy", "failed", "no-answer", "canceled")
                    from length in Gen.Choose(1, 5)
                    let course = new[] { "queued", "initiated", "ringing", "in-progress", end }.TakeLast(length)
                    from shuffled in Gen.Shuffle(course.Select((status, i) => new CallReport(status, i)).ToArray())
                    from count in Gen.Choose(1, length)
                    select shuffled.Take(count).ToList();
        return Prop.ForAll(cases.ToArbitrary(), reports =>
            Assert.Equal(reports.MaxBy(report => report.Sequence)!.Status, CallProgress.FromReports(reports).Status));
    }

    [Theory]
    [InlineData("completed", 1, "in-progress", 5, "completed")]
    [InlineData("in-progress", -1, "ringing", 3, "in-progress")]
    [InlineData("no-answer", 2, "completed", 3, "completed")]
    [InlineData("completed", 2, "no-answer", 3, "no-answer")]
    [InlineData("something new", 9, "queued", -1, "queued")]
    public void The_same_status_wins_in_either_order_of_two_callbacks(string one, int oneNumber, string other, int otherNumber, string expected)
    {
        Assert.Equal(expected, CallProgress.FromReports([Report(one, oneNumber), Report(other, otherNumber)]).Status);
        Assert.Equal(expected, CallProgress.FromReports([Report(other, otherNumber), Report(one, oneNumber)]).Status);
    }

    [Fact]
    public void Ring_time_ends_with_the_answer_and_talk_time_ends_with_the_call()
    {
        var state = CallProgress.FromReports([At("completed", 50), At("in-progress", 12), At("ringing", 2), At("initiated", 0)]);

        Assert.Equal((10d, 38d), (state.RingSeconds, state.TalkSeconds));
        Assert.Equal((s_start.AddSeconds(2), s_start.AddSeconds(50)), (state.RingingAt, state.EndedAt));
    }

    [Fact]
    public void An_unanswered_call_rings_until_its_end_and_has_no_talk_time()
    {
        var state = CallProgress.FromReports([At("ringing", 2), At("no-answer", 32)]);

        Assert.Equal((30d, null), (state.RingSeconds, state.TalkSeconds));
    }

    [Fact]
    public void The_talk_time_that_Twilio_reports_overrides_the_computed_one()
    {
        var state = CallProgress.FromReports([At("in-progress", 12), At("completed", 50) with { TalkSeconds = 37 }]);

        Assert.Equal(37d, state.TalkSeconds);
    }

    [Fact]
    public void A_call_without_callbacks_has_no_status() => Assert.Null(CallProgress.FromReports([]).Status);

    private static CallReport Report(string status, int sequence) => new(
        status,
        sequence,
        sequence % 2 == 0 ? s_start.AddSeconds(sequence) : null,
        status == "completed" ? sequence : null,
        sequence == 3 ? $"answered-{status}" : null);

    private static CallReport At(string status, int seconds) => new(status, At: s_start.AddSeconds(seconds));
}
