using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Messages;

namespace JackAutomotive.Tests.Messages;

/// <summary>The state of a text, for every order and repetition of its statuses.</summary>
public sealed class MessageProgressTests
{
    private static readonly string[] s_statuses =
    [
        "accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "read",
        "partially_delivered", "receiving", "received", "something new",
    ];

    [Property]
    public Property Statuses_in_any_order_and_repetition_lead_to_the_same_state_and_its_rank_never_decreases()
    {
        var cases = from original in Gen.ListOf(Gen.Elements(s_statuses))
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var (first, second) = (RanksAfterEach(c.original), RanksAfterEach(c.shuffled));

            Assert.Equal(first.LastOrDefault(), second.LastOrDefault());
            Assert.All([first, second], states => Assert.Equal(states.Order(), states));
        });
    }

    [Property]
    public Property Reports_with_and_without_errors_lead_to_one_state_in_any_order_and_repetition()
    {
        var report = from status in Gen.Elements(s_statuses)
                     from code in Gen.Elements(null, "30003", "30005", "30008")
                     from message in Gen.Elements(null, "Unreachable", "Unknown destination handset")
                     select new MessageReport(status, code, message);
        var cases = from original in Gen.ListOf(report)
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var state = MessageProgress.FromReports(c.original);
            Assert.Equal(state, MessageProgress.FromReports(c.shuffled));
            Assert.True(state?.ErrorCode is null || c.original.Any(r => (r.Status, r.ErrorCode) == (state.Status, state.ErrorCode)));
            Assert.True(state?.ErrorMessage is null || c.original.Any(r => (r.Status, r.ErrorMessage) == (state.Status, state.ErrorMessage)));
        });
    }

    [Theory]
    [InlineData("sent", "queued", "sent")]
    [InlineData("delivered", "sent", "delivered")]
    [InlineData("failed", "sending", "failed")]
    [InlineData("canceled", "scheduled", "canceled")]
    [InlineData("undelivered", "sent", "undelivered")]
    [InlineData("delivered", "read", "read")]
    [InlineData("undelivered", "delivered", "delivered")]
    [InlineData("scheduled", "accepted", "accepted")]
    [InlineData("something new", "queued", "queued")]
    public void The_same_status_wins_in_either_order_of_two_statuses(string one, string other, string expected)
    {
        Assert.Equal(expected, MessageProgress.FromReports([Report(one), Report(other)])?.Status);
        Assert.Equal(expected, MessageProgress.FromReports([Report(other), Report(one)])?.Status);
    }

    [Fact]
    public void The_error_code_comes_from_the_status_that_wins() =>
        Assert.Equal("30003", MessageProgress.FromReports([Report("sent"), new MessageReport("undelivered", "30003", null)])?.ErrorCode);

    [Fact]
    public void An_unknown_status_yields_no_state() => Assert.Null(MessageProgress.FromReports([Report("something new")]));

    // Returns the rank of the state after each status.
    private static int[] RanksAfterEach(IReadOnlyList<string> statuses) =>
        [.. statuses.Select((_, i) => MessageProgress.RankOf(MessageProgress.FromReports(statuses.Take(i + 1).Select(Report))?.Status))];

    private static MessageReport Report(string status) => new(status, null, null);
}
