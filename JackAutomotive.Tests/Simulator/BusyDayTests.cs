using FsCheck.Xunit;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.Tests.Simulator;

public sealed class BusyDayTests
{
    [Property(MaxTest = 50)]
    public void A_day_has_the_requested_number_of_calls_and_texts_in_time_order(int seed, byte calls, byte texts)
    {
        var day = BusyDay.Plan(seed, calls, texts);

        Assert.Equal(calls, day.Count(contact => contact.Call is not null));
        Assert.Equal(texts, day.Count(contact => contact.Text is not null));
        Assert.Equal(day.OrderBy(contact => contact.At), day);
        Assert.All(day, contact => Assert.InRange(contact.At, TimeSpan.Zero, BusyDay.Length));
    }

    [Property(MaxTest = 30)]
    public void The_same_seed_makes_the_same_day(int seed) =>
        Assert.Equal(BusyDay.Plan(seed, 20, 40), BusyDay.Plan(seed, 20, 40));

    [Fact]
    public void Another_seed_makes_another_day() =>
        Assert.NotEqual(BusyDay.Plan(1, 20, 40), BusyDay.Plan(2, 20, 40));

    [Property(MaxTest = 30)]
    public void A_customer_sends_the_texts_of_one_story_in_order(int seed)
    {
        foreach (var customer in BusyDay.Plan(seed, 0, 60).GroupBy(contact => contact.Person.Phone))
        {
            var texts = customer.Select(contact => contact.Text!).ToList();
            var story = TextStories.All.Single(story => story.Texts[0] == texts[0]).Texts;
            Assert.Equal(Enumerable.Range(0, texts.Count).Select(i => story[i % story.Count]), texts);
        }
    }

    [Fact]
    public void The_texts_and_calls_of_different_customers_interleave()
    {
        var day = BusyDay.Plan(seed: 5, calls: 30, texts: 90);
        var changes = day.Zip(day.Skip(1)).Count(pair => pair.First.Person.Phone != pair.Second.Person.Phone);

        Assert.True(day.Select(contact => contact.Person.Phone).Distinct().Count() >= 30);
        Assert.True(changes > day.Count / 2);
    }
}
