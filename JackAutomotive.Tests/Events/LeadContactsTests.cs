using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.Tests.Events;

/// <summary>The last contact that follows from the events of one unit of work.</summary>
public sealed class LeadContactsTests
{
    private static readonly LeadId s_lead = new(Guid.Parse("01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48"));
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(true, LeadEventTypes.LeadCreated, LeadEventTypes.SmsReceived)]
    [InlineData(false, LeadEventTypes.SmsReceived, LeadEventTypes.TranscriptAdded)]
    [InlineData(true, LeadEventTypes.TranscriptAdded, LeadEventTypes.SmsReceived)]
    [InlineData(true, LeadEventTypes.SmsReceived, LeadEventTypes.CallStatus)]
    [InlineData(null, LeadEventTypes.LeadCreated, LeadEventTypes.CallInitiated)]
    public void The_last_event_that_shows_it_decides_whether_the_lead_waits_for_an_answer(bool? expected, params string[] types) =>
        Assert.Equal(expected, LeadContacts.FindLast(s_lead, [.. types.Select(type => (s_lead, type, s_now))], s_now).IsUnanswered);

    [Fact]
    public void The_latest_time_counts_but_none_in_the_future()
    {
        Assert.Equal(s_now.AddHours(-1), LastOf(s_now.AddHours(-1), s_now.AddHours(-2)));
        Assert.Equal(s_now, LastOf(s_now.AddYears(1), s_now.AddHours(-2)));
    }

    private static DateTimeOffset LastOf(params DateTimeOffset[] times) =>
        LeadContacts.FindLast(s_lead, [.. times.Select(at => (s_lead, LeadEventTypes.SmsReceived, at))], s_now).At;
}
