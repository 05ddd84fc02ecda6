using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Features.Twilio;

namespace JackAutomotive.Tests.Features.Twilio;

/// <summary>The state of a text, against every order and repetition of its statuses.</summary>
public sealed class MessageProgressTests
{
    private static readonly string[] s_statuses =
    [
        "accepted", "scheduled", "queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled", "read",
        "partially_delivered", "receiving", "received", "something new",
    ];

    [Property]
    public Property Every_order_and_repetition_ends_in_the_same_state_and_never_goes_back()
    {
        var cases = from told in Gen.ListOf(Gen.Elements(s_statuses))
                    from again in Gen.Shuffle(told.Concat(told).ToArray())
                    select (told, again);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var (first, second) = (Play(c.told), Play(c.again));

            Assert.Equal(first.LastOrDefault(), second.LastOrDefault());
            Assert.All([first, second], states => Assert.Equal(states.Order(), states));
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
    public void Of_two_statuses_one_counts_whichever_comes_first(string one, string other, string expected)
    {
        Assert.Equal(expected, MessageProgress.Of([Report(one), Report(other)])?.Status);
        Assert.Equal(expected, MessageProgress.Of([Report(other), Report(one)])?.Status);
    }

    [Fact]
    public void The_error_is_that_of_the_status_that_counts() =>
        Assert.Equal("30003", MessageProgress.Of([Report("sent"), new MessageReport("undelivered", "30003", null)])?.ErrorCode);

    [Fact]
    public void A_word_that_is_not_known_is_no_state() => Assert.Null(MessageProgress.Of([Report("something new")]));

    // The rank of the state after each status.
    private static int[] Play(IReadOnlyList<string> told) =>
        [.. told.Select((_, i) => MessageProgress.RankOf(MessageProgress.Of(told.Take(i + 1).Select(Report))?.Status))];

    private static MessageReport Report(string status) => new(status, null, null);
}
