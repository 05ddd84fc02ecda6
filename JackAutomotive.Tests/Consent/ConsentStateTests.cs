using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Consent;

namespace JackAutomotive.Tests.Consent;

/// <summary>How a person may be contacted follows from the entries alone.</summary>
public sealed class ConsentStateTests
{
    private static readonly bool[] s_both = [true, false];

    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Property]
    public Property Entries_in_any_order_lead_to_the_same_state()
    {
        var entry = from isOptOut in Gen.Elements(true, false)
                    from scope in Gen.Elements(ConsentScopes.All, ConsentScopes.Text, ConsentScopes.Call)
                    from speaker in Gen.Elements(ConsentSpeakers.Customer, ConsentSpeakers.Carrier, ConsentSpeakers.Relative, ConsentSpeakers.Staff)
                    from minute in Gen.Choose(0, 5)
                    select new ConsentFact(isOptOut, scope, speaker, ConsentSources.Keyword, s_start.AddMinutes(minute));
        var cases = from original in Gen.ListOf(entry)
                    from shuffled in Gen.Shuffle(original.ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var (one, other) = (ConsentState.FromEntries([.. c.original]), ConsentState.FromEntries(c.shuffled));

            Assert.True(one.AllowsSameAs(other));

            // The newest entry that covers texts decides; of the same moment, the opt-out.
            foreach (var isStaff in s_both)
            {
                var covering = c.original.Where(e => e.Scope != ConsentScopes.Call && e.SaidBy == ConsentSpeakers.Staff == isStaff).ToList();
                var newest = covering.Where(e => e.SaidAt == covering.Max(other => other.SaidAt)).ToList();
                Assert.Equal(newest.Exists(e => e.IsOptOut), (isStaff ? one.TextBlock : one.TextOptOut) is not null);
            }
        });
    }

    [Fact]
    public void Nobody_who_said_nothing_has_opted_out()
    {
        var state = ConsentState.FromEntries([]);

        Assert.True(state is { MayText: true, MayCall: true, IsOptedOutAtTwilio: false });
    }

    [Fact]
    public void A_later_opt_in_of_the_customer_does_not_undo_a_decision_of_our_staff()
    {
        var state = ConsentState.FromEntries(
        [
            new(true, ConsentScopes.All, ConsentSpeakers.Staff, ConsentSources.Staff, s_start),
            new(false, ConsentScopes.All, ConsentSpeakers.Customer, ConsentSources.Keyword, s_start.AddDays(1)),
        ]);

        Assert.False(state.MayText || state.MayCall);
    }
}
