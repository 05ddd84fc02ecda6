using JackAutomotive.Analysis;
using JackAutomotive.WebhookApi.Analysis.ActionItems;

namespace JackAutomotive.Tests.Analysis.Pipeline;

/// <summary>Which stored item an item of a repeated analysis is.</summary>
public sealed class ActionItemMatchingTests
{
    private readonly KnownActionItem _call = new(Guid.NewGuid(), 3, "staff", "Call the customer: \"call me at five\"");
    private readonly KnownActionItem _send = new(Guid.NewGuid(), 3, "staff", "Send to the customer: \"send me the carfax\"");

    [Fact]
    public void Two_items_of_one_turn_are_told_apart_by_their_kind() =>
        Assert.Equal([_send.Id, _call.Id], Match(Item(3, "Send to the customer: \"the carfax\""), Item(3, "Call the customer: \"at six\"")));

    [Fact]
    public void An_item_that_moved_to_a_neighbouring_turn_is_the_same() =>
        Assert.Equal([_call.Id], Match(Item(4, "Call the customer: \"we will call you at five\"")));

    [Fact]
    public void An_item_far_away_of_another_owner_or_of_another_kind_is_new() =>
        Assert.Equal(
            [null, null, null],
            Match(
                Item(9, "Call the customer: \"call me at five\""),
                Item(3, "Call the customer: \"call me at five\"", ActionOwner.Customer),
                Item(4, "Hold the car: \"hold it\"")));

    [Fact]
    public void No_stored_item_is_matched_twice() =>
        Assert.Equal([_call.Id, null], Match(Item(3, "Call the customer: \"call me at five\""), Item(5, "Call the customer: \"call me\"")));

    [Fact]
    public void The_words_of_the_same_turn_win_over_the_kind() =>
        Assert.Equal([_call.Id, _send.Id], Match(Item(3, "Call the customer: \"call me at five\""), Item(3, "Hold the car: \"hold it\"")));

    private static ActionItem Item(int turn, string text, ActionOwner owner = ActionOwner.Staff) => new(text, owner, null, turn, []);

    private IReadOnlyList<Guid?> Match(params ActionItem[] found) => ActionItemMatching.Match([_call, _send], found);
}
