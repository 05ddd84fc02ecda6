using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Outbound;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Outbound.Texts;

namespace JackAutomotive.Tests.Outbound;

/// <summary>What follows from the result of an attempt.</summary>
public sealed class OutboundPolicyTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 15, 0, 0, TimeSpan.Zero);

    private readonly OutboundOptions _options = new();

    [Fact]
    public void A_text_is_retried_as_often_as_its_failure_allows_and_with_growing_delays()
    {
        var failure = new TextFailure("30001", TextFailureClass.RetryLater, "Full.", TimeSpan.FromHours(1), MaxRetries: 2);

        Assert.Equal(s_now.AddHours(1), Retry(OutboundPolicy.AfterTextFailure(failure, 1, s_now, s_now, _options)));
        Assert.Equal(s_now.AddHours(2), Retry(OutboundPolicy.AfterTextFailure(failure, 2, s_now, s_now, _options)));
        Assert.IsType<NextStep.Fail>(OutboundPolicy.AfterTextFailure(failure, 3, s_now, s_now, _options));
        Assert.IsType<NextStep.Fail>(OutboundPolicy.AfterTextFailure(failure, 1, s_now.AddDays(-3), s_now, _options));
    }

    [Fact]
    public void Only_a_number_that_gets_no_texts_is_called_instead()
    {
        foreach (var kind in Enum.GetValues<TextFailureClass>())
        {
            var step = OutboundPolicy.AfterTextFailure(new TextFailure("1", kind, "Why."), 1, s_now, s_now, _options);
            Assert.Equal(kind == TextFailureClass.CallInstead, Assert.IsType<NextStep.Fail>(step).UseOtherChannel);
        }
    }

    [Fact]
    public void Calls_that_reach_nobody_are_repeated_after_one_four_and_24_hours()
    {
        var busy = Result(CallOutcome.Busy);

        Assert.Equal(s_now.AddHours(1), Retry(OutboundPolicy.AfterCall(busy, 1, s_now, s_now, _options)));
        Assert.Equal(s_now.AddHours(4), Retry(OutboundPolicy.AfterCall(busy, 2, s_now, s_now, _options)));
        Assert.Equal(s_now.AddHours(24), Retry(OutboundPolicy.AfterCall(busy, 3, s_now, s_now, _options)));
        Assert.True(Assert.IsType<NextStep.Fail>(OutboundPolicy.AfterCall(busy, 4, s_now, s_now, _options)).UseOtherChannel);
    }

    [Theory]
    [InlineData((int)CallOutcome.Person, typeof(NextStep.Finish))]
    [InlineData((int)CallOutcome.Answered, typeof(NextStep.Finish))]
    [InlineData((int)CallOutcome.Voicemail, typeof(NextStep.Retry))]
    [InlineData((int)CallOutcome.NoAnswer, typeof(NextStep.Retry))]
    [InlineData((int)CallOutcome.Unreachable, typeof(NextStep.Retry))]
    [InlineData((int)CallOutcome.Declined, typeof(NextStep.Fail))]
    [InlineData((int)CallOutcome.InvalidNumber, typeof(NextStep.Fail))]
    [InlineData((int)CallOutcome.Blocked, typeof(NextStep.Fail))]
    [InlineData((int)CallOutcome.Fax, typeof(NextStep.Fail))]
    public void The_outcome_of_a_call_decides(int outcome, Type step) =>
        Assert.IsType(step, OutboundPolicy.AfterCall(Result((CallOutcome)outcome), 1, s_now, s_now, _options));

    [Fact]
    public void A_call_without_an_end_is_waited_for()
    {
        Assert.IsType<NextStep.Wait>(OutboundPolicy.AfterCall(null, 1, s_now, s_now, _options));
        Assert.IsType<NextStep.Wait>(OutboundPolicy.AfterCall(new CallResult(CallOutcome.Voicemail, "…", null), 1, s_now, s_now, _options));
    }

    [Property]
    public Property A_send_that_did_not_happen_is_repeated_in_the_future_until_it_is_given_up(PositiveInt attempts, byte random, PositiveInt age)
    {
        var created = s_now.AddMinutes(-age.Get);
        var step = OutboundPolicy.AfterNoSend("Why.", null, attempts.Get, created, s_now, random / 255.0, _options);
        return (step switch
        {
            NextStep.Retry retry => retry.At > s_now && retry.At <= s_now + _options.MaxRetryDelay && retry.At - created <= _options.RetryFor,
            NextStep.Fail => s_now + _options.MaxRetryDelay - created > _options.RetryFor,
            _ => false,
        }).ToProperty();
    }

    [Fact]
    public void A_provider_is_asked_again_not_before_the_time_that_it_names()
    {
        var step = OutboundPolicy.AfterNoSend("Busy.", TimeSpan.FromMinutes(7), 1, s_now, s_now, 0.5, _options);

        Assert.Equal(s_now.AddMinutes(7), Retry(step));
    }

    private static CallResult Result(CallOutcome outcome) => new(outcome, CallResult.Describe(outcome), CallMechanism.HungUp);

    private static DateTimeOffset Retry(NextStep step) => Assert.IsType<NextStep.Retry>(step).At;
}
