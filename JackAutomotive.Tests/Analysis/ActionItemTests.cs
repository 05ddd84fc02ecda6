using JackAutomotive.Analysis;
using JackAutomotive.Analysis.ActionItems;
using NodaTime;

namespace JackAutomotive.Tests.Analysis;

/// <summary>What somebody agreed or was asked to do. Every conversation begins on Wednesday, 4 March 2026, at 10:30 in Chicago.</summary>
public sealed class ActionItemTests
{
    private static readonly DateTimeZone s_zone = DateTimeZoneProviders.Tzdb["America/Chicago"];

    [Fact]
    public void A_request_to_be_called_is_for_the_staff_at_the_time_that_was_said()
    {
        var item = Assert.Single(Find("U: Can you call me Tuesday after five?", "A: Sure, I'll call you Tuesday at five."));

        Assert.Equal((ActionOwner.Staff, 0, At(3, 10, 17)), (item.Owner, item.Turn, item.DueAt));
        Assert.Equal("Can you call me Tuesday after five", Assert.Single(item.Evidence).Text);
    }

    [Fact]
    public void A_proposal_counts_when_the_customer_agrees()
    {
        Assert.Empty(Find("A: Would you like me to text you some photos?", "U: No thanks, I'm good."));
        Assert.Equal(ActionOwner.Staff, Assert.Single(Find("A: Would you like me to text you some photos?", "U: Yes please.")).Owner);
    }

    [Fact]
    public void An_answer_with_a_time_completes_the_proposed_visit()
    {
        var item = Assert.Single(Find("A: When could you come in for a test drive?", "U: Saturday around noon."));

        Assert.Equal((ActionOwner.Customer, At(3, 7, 12)), (item.Owner, item.DueAt));
    }

    [Fact]
    public void A_time_that_is_changed_later_replaces_the_first_one()
    {
        var item = Assert.Single(Find("U: I'll come by Friday at 2.", "A: Friday at 2 works.", "U: Actually make it Saturday at 11.", "A: Done."));

        Assert.Equal(At(3, 7, 11), item.DueAt);
    }

    [Fact]
    public void A_withdrawn_item_is_none() =>
        Assert.Empty(Find("U: Send me the link please.", "A: Will do.", "U: Never mind, forget it."));

    [Fact]
    public void What_is_to_be_brought_is_due_at_the_visit_of_the_same_exchange()
    {
        var items = Find("U: I'll come in tomorrow at five.", "A: Great. Please bring your license and two pay stubs.", "U: Okay.");

        Assert.Equal([At(3, 5, 17), At(3, 5, 17)], items.Select(item => item.DueAt!.Value));
        Assert.All(items, item => Assert.Equal(ActionOwner.Customer, item.Owner));
    }

    [Theory]
    [InlineData("I called you guys last Tuesday.")]
    [InlineData("I usually come in on Saturdays.")]
    [InlineData("If I ever win the lottery I'll come down there and buy one.")]
    [InlineData("My brother is going to look at vans on Monday.")]
    [InlineData("You open at nine on Mondays, right?")]
    [InlineData("I was going to bring the title yesterday.")]
    public void Past_events_habits_conditions_and_plans_of_others_are_nothing_to_do(string text) => Assert.Empty(Find($"U: {text}", "A: I see."));

    [Fact]
    public void A_time_that_the_change_to_summer_time_skips_is_moved_forward()
    {
        var item = Assert.Single(Find("U: Call me Sunday at 2:30 am."));

        Assert.Equal(new DateTimeOffset(2026, 3, 8, 3, 30, 0, TimeSpan.FromHours(-5)), item.DueAt);
    }

    private static DateTimeOffset At(int month, int day, int hour) =>
        s_zone.AtStrictly(new LocalDateTime(2026, month, day, hour, 0)).ToDateTimeOffset();

    private static IReadOnlyList<ActionItem> Find(params string[] lines)
    {
        var turns = lines.Select((line, i) => new Turn(line[0] == 'U' ? TurnRole.User : TurnRole.Agent, line[3..], i * 5));
        return ActionItemFinder.Find(new Transcript([.. turns], At(3, 4, 10).AddMinutes(30), s_zone));
    }
}
