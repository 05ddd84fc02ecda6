using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.Tests.Outbound.Texts;

public sealed class TextFailuresTests
{
    [Theory]
    [InlineData(TextFailureClass.RetryLater, "429 20429 21611 30001 30003 30008 30017 30022 30023 30410 30500")]
    [InlineData(TextFailureClass.Never, "21602 21608 21612 21617 30010 30036 30999 39999 99999 12345 nonsense")]
    [InlineData(TextFailureClass.BadNumber, "21211 30005")]
    [InlineData(TextFailureClass.CallInstead, "21614 30006")]
    [InlineData(TextFailureClass.OptedOut, "21610")]
    [InlineData(TextFailureClass.Alert, "401 20003 21408 21606 30002 30004 30007 30032 30034")]
    internal void An_error_code_has_its_class_and_an_unknown_one_is_never_tried_again(TextFailureClass expected, string codes) =>
        Assert.All(codes.Split(' '), code => Assert.Equal((code, expected), (code, TextFailures.Find(code).Class)));

    [Fact]
    public void An_unreachable_phone_is_tried_once_hours_later_and_a_daily_limit_the_next_day()
    {
        Assert.Equal((TimeSpan.FromHours(4), 1), (TextFailures.Find("30003").RetryAfter, TextFailures.Find("30003").MaxRetries));
        Assert.Equal(TimeSpan.FromHours(24), TextFailures.Find("30023").RetryAfter);
        Assert.Equal(1, TextFailures.Find("30008").MaxRetries);
    }

    [Fact]
    public void Only_a_failure_that_may_be_temporary_has_retries_and_every_failure_has_a_sentence_for_a_person()
    {
        foreach (var failure in Enumerable.Range(20000, 20000).Select(code => TextFailures.Find($"{code}")).Append(TextFailures.Find(null)))
        {
            Assert.Equal(failure.Class == TextFailureClass.RetryLater, failure is { RetryAfter: not null, MaxRetries: > 0 });
            Assert.Matches(@"^\p{Lu}.*\.$", failure.Reason);
        }
    }
}
