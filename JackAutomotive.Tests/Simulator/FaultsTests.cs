using FsCheck.Xunit;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.Tests.Simulator;

public sealed class FaultsTests
{
    private static readonly Flaw[] s_allFlaws = Enum.GetValues<Flaw>();

    [Property(MaxTest = 100)]
    public void The_same_seed_makes_the_same_plan(int seed, byte length, byte repeat, bool shuffle, byte delay, byte corrupt)
    {
        var faults = CreateFaults(repeat, shuffle, delay, corrupt);

        Assert.Equal(faults.Plan(CreateStory(length), seed), faults.Plan(CreateStory(length), seed));
    }

    [Property(MaxTest = 100)]
    public void A_plan_contains_every_webhook_once_with_the_requested_copies_and_a_bounded_delay(
        int seed, byte length, byte repeat, bool shuffle, byte delay, byte corrupt)
    {
        var faults = CreateFaults(repeat, shuffle, delay, corrupt);

        var plan = faults.Plan(CreateStory(length), seed);

        Assert.Equal(Enumerable.Range(0, length), plan.Select(post => post.Webhook).Order());
        Assert.All(plan, post => Assert.Equal(faults.Repeat, post.Copies));
        Assert.All(plan, post => Assert.InRange(post.Delay.TotalMilliseconds, 0, faults.DelayMs));
    }

    [Property(MaxTest = 100)]
    public void A_webhook_gets_only_flaws_that_it_supports(int seed, byte length)
    {
        var story = CreateStory(length);

        var plan = new Faults(1, true, 0, 100).Plan(story, seed);

        Assert.All(plan, post => Assert.Equal(story[post.Webhook].Count > 0, post.Flaw is not null));
        Assert.All(plan.Where(post => post.Flaw is not null), post => Assert.Contains(post.Flaw!.Value, story[post.Webhook]));
    }

    [Property(MaxTest = 50)]
    public void A_plan_without_faults_equals_the_story(int seed, byte length) => Assert.Equal(
        Enumerable.Range(0, length).Select(i => new PlannedPost(i, TimeSpan.Zero, null, 1)), Faults.None.Plan(CreateStory(length), seed));

    [Fact]
    public void Another_seed_makes_another_plan_and_every_flaw_occurs()
    {
        var faults = new Faults(2, true, 100, 50);
        var plan = faults.Plan([.. Enumerable.Repeat(s_allFlaws, 200)], 1);

        Assert.NotEqual(plan, faults.Plan([.. Enumerable.Repeat(s_allFlaws, 200)], 2));
        Assert.NotEqual(Enumerable.Range(0, 200), plan.Select(post => post.Webhook));
        Assert.Equal(s_allFlaws, plan.Select(post => post.Flaw).OfType<Flaw>().Distinct().Order());
        Assert.InRange(plan.Count(post => post.Flaw is not null), 60, 140);
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(99, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void A_percentile_is_the_nearest_rank(int percent, double expected) =>
        Assert.Equal(expected, CommandResult.Percentile([1, 2, 3, 4], percent));

    private static Faults CreateFaults(byte repeat, bool shuffle, byte delay, byte corrupt) => new(1 + (repeat % 5), shuffle, delay, corrupt % 101);

    // In turn, the webhooks support no flaw, one flaw, two flaws and so on.
    private static List<IReadOnlyList<Flaw>> CreateStory(byte length) =>
        [.. Enumerable.Range(0, length).Select(i => s_allFlaws.Take(i % (s_allFlaws.Length + 1)).ToArray())];
}
