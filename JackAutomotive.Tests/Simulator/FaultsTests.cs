extern alias simulator;

using FsCheck.Xunit;
using simulator::JackAutomotive.ProviderSimulator.Commands;
using simulator::JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.Tests.Simulator;

public sealed class FaultsTests
{
    private static readonly Flaw[] s_all = Enum.GetValues<Flaw>();

    [Property(MaxTest = 100)]
    public void The_same_seed_makes_the_same_plan(int seed, byte length, byte repeat, bool shuffle, byte delay, byte corrupt)
    {
        var faults = Some(repeat, shuffle, delay, corrupt);

        Assert.Equal(faults.Plan(Story(length), seed), faults.Plan(Story(length), seed));
    }

    [Property(MaxTest = 100)]
    public void The_sound_deliveries_of_a_plan_are_exactly_the_storys(
        int seed, byte length, byte repeat, bool shuffle, byte delay, byte corrupt)
    {
        var faults = Some(repeat, shuffle, delay, corrupt);

        var plan = faults.Plan(Story(length), seed);

        Assert.Equal(Enumerable.Range(0, length), plan.Select(post => post.Webhook).Order());
        Assert.All(plan, post => Assert.Equal(faults.Repeat, post.Copies));
        Assert.All(plan, post => Assert.InRange(post.Delay.TotalMilliseconds, 0, faults.DelayMs));
    }

    [Property(MaxTest = 100)]
    public void A_webhook_has_no_flaw_that_it_cannot_have(int seed, byte length)
    {
        var story = Story(length);

        var plan = new Faults(1, true, 0, 100).Plan(story, seed);

        Assert.All(plan, post => Assert.Equal(story[post.Webhook].Count > 0, post.Flaw is not null));
        Assert.All(plan.Where(post => post.Flaw is not null), post => Assert.Contains(post.Flaw!.Value, story[post.Webhook]));
    }

    [Property(MaxTest = 50)]
    public void Without_faults_a_plan_is_the_story_itself(int seed, byte length) => Assert.Equal(
        Enumerable.Range(0, length).Select(i => new PlannedPost(i, TimeSpan.Zero, null, 1)), Faults.None.Plan(Story(length), seed));

    [Fact]
    public void Another_seed_makes_another_plan_and_all_flaws_occur()
    {
        var faults = new Faults(2, true, 100, 50);
        var plan = faults.Plan([.. Enumerable.Repeat(s_all, 200)], 1);

        Assert.NotEqual(plan, faults.Plan([.. Enumerable.Repeat(s_all, 200)], 2));
        Assert.NotEqual(Enumerable.Range(0, 200), plan.Select(post => post.Webhook));
        Assert.Equal(s_all, plan.Select(post => post.Flaw).OfType<Flaw>().Distinct().Order());
        Assert.InRange(plan.Count(post => post.Flaw is not null), 60, 140);
    }

    [Theory]
    [InlineData(50, 2)]
    [InlineData(99, 4)]
    [InlineData(100, 4)]
    [InlineData(1, 1)]
    public void A_percentile_is_the_nearest_rank(int percent, double expected) =>
        Assert.Equal(expected, CommandResult.Percentile([1, 2, 3, 4], percent));

    private static Faults Some(byte repeat, bool shuffle, byte delay, byte corrupt) => new(1 + (repeat % 5), shuffle, delay, corrupt % 101);

    // Webhooks that can have no flaw, one, two and so on.
    private static List<IReadOnlyList<Flaw>> Story(byte length) =>
        [.. Enumerable.Range(0, length).Select(i => s_all.Take(i % (s_all.Length + 1)).ToArray())];
}
