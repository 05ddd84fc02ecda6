using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.Tests.Conversations;

/// <summary>The state of a live conversation, for every order and repetition of its reports.</summary>
public sealed class LiveConversationTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly LiveConversationIds s_ids = new("conv_1", null);

    private static readonly string[] s_kinds =
    [
        LiveReportKinds.Started, LiveReportKinds.User, LiveReportKinds.Agent, LiveReportKinds.Correction, LiveReportKinds.Interruption, LiveReportKinds.Silence,
        LiveReportKinds.ToolCall, LiveReportKinds.Error, LiveReportKinds.Ended, LiveReportKinds.Transcribed, LiveReportKinds.AssumedEnded,
    ];

    [Property]
    public Property Reports_in_any_order_and_repetition_lead_to_the_same_state()
    {
        var cases = from original in Gen.ListOf(AnyReport())
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select (original, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c => AssertSame(LiveConversation.FromReports(c.original), LiveConversation.FromReports(c.shuffled)));
    }

    [Property]
    public Property Each_fact_is_announced_once_and_the_last_announced_text_is_the_final_text()
    {
        var cases = from original in Gen.ListOf(AnyReport())
                    from shuffled in Gen.Shuffle(original.Concat(original).ToArray())
                    select shuffled;
        return Prop.ForAll(cases.ToArbitrary(), reports =>
        {
            var announcements = new List<Announcement>();
            for (var i = 0; i < reports.Length; i++)
            {
                announcements.AddRange(LiveAnnouncements.DescribeChanges(
                    s_ids, LiveConversation.FromReports(reports.Take(i)), LiveConversation.FromReports(reports.Take(i + 1))));
            }

            var state = LiveConversation.FromReports(reports);
            Assert.Equal(state.StartedAt is null ? 0 : 1, announcements.Count(announcement => announcement.Type == LeadEventTypes.CallInitiated));
            Assert.Equal(state.EndedAt is null ? 0 : 1, announcements.Count(announcement => announcement.Type == LeadEventTypes.CallCompleted));
            Assert.Equal(state.Interruptions.Count, announcements.Count(announcement => announcement.Type == LeadEventTypes.Interruption));
            Assert.Equal(state.Silences.Count, announcements.Count(announcement => announcement.Type == LeadEventTypes.SilenceDetected));
            foreach (var line in state.Lines.Where(line => line.EventId is not null))
            {
                var said = announcements.Where(announcement => announcement.Type.StartsWith("conversation_", StringComparison.Ordinal)
                    && FieldOf(announcement, "EventId") == line.EventId && FieldOf(announcement, "Role") == line.Role).ToList();
                Assert.Single(said, announcement => announcement.Type != LeadEventTypes.ConversationAgentCorrected);
                Assert.Equal(line.Text, FieldOf(said[^1], "Text"));
            }
        });
    }

    [Fact]
    public void Lines_are_sorted_by_time_then_event_id_then_customer_before_agent()
    {
        var state = LiveConversation.FromReports(
        [
            Report(LiveReportKinds.Agent, 3, 2, "B"), Report(LiveReportKinds.User, 3, 2, "A"), Report(LiveReportKinds.Agent, 4, 2, "C"),
            Report(LiveReportKinds.Agent, 9, 1, "first"),
        ]);

        Assert.Equal(["first", "A", "B", "C"], state.Lines.Select(line => line.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_correction_replaces_the_agents_line_with_the_same_event_id_in_either_order(bool first)
    {
        LiveReport[] reports =
        [
            Report(LiveReportKinds.Agent, 7, 10, "Yes, and we have it in"), Report(LiveReportKinds.User, 7, 9, "Is it there?"),
            Report(LiveReportKinds.Correction, 7, 11, "Yes, and"), Report(LiveReportKinds.Agent, 8, 12, "Sorry?"),
        ];

        var state = LiveConversation.FromReports(first ? reports.Reverse() : reports);

        Assert.Equal(["Is it there?", "Yes, and", "Sorry?"], state.Lines.Select(line => line.Text));
        Assert.Equal([false, true, false], state.Lines.Select(line => line.Interrupted));
    }

    [Fact]
    public void A_correction_without_an_event_id_replaces_the_line_that_it_quotes()
    {
        var state = LiveConversation.FromReports(
        [
            new("1", LiveReportKinds.Agent, s_start, Text: "Yes, and we"), new("2", LiveReportKinds.Agent, s_start.AddSeconds(1), Text: "Hello?"),
            new("3", LiveReportKinds.Correction, s_start.AddSeconds(2), Text: "Yes", Original: "Yes, and we"),
        ]);

        Assert.Equal(["Yes", "Hello?"], state.Lines.Select(line => line.Text));
    }

    [Fact]
    public void A_reported_end_takes_precedence_over_the_transcript_and_the_transcript_over_an_assumed_end()
    {
        var assumed = Report(LiveReportKinds.AssumedEnded, 1, 90);
        var transcribed = Report(LiveReportKinds.Transcribed, 1, 60);
        var ended = Report(LiveReportKinds.Ended, 1, 30, "goodbye");

        Assert.Equal(LiveConversation.Live, LiveConversation.FromReports([]).Status);
        Assert.Equal((LiveConversation.AssumedEnded, s_start.AddSeconds(90)), EndOf(assumed));
        Assert.Equal((LiveConversation.Ended, s_start.AddSeconds(60)), EndOf(assumed, transcribed));
        Assert.Equal((LiveConversation.Ended, s_start.AddSeconds(30)), EndOf(transcribed, ended, assumed));

        static (string, DateTimeOffset?) EndOf(params LiveReport[] reports) =>
            (LiveConversation.FromReports(reports).Status, LiveConversation.FromReports(reports).EndedAt);
    }

    [Fact]
    public void The_talk_ratio_the_interruptions_and_the_silent_seconds_are_computed()
    {
        var state = LiveConversation.FromReports(
        [
            Report(LiveReportKinds.Agent, 1, 1, "one two three"), Report(LiveReportKinds.User, 2, 2, "one"),
            Report(LiveReportKinds.Interruption, 1, 2), Report(LiveReportKinds.Interruption, 5, 3),
            Report(LiveReportKinds.Silence, 6, 4) with { Seconds = 2.5 }, Report(LiveReportKinds.Silence, 7, 5) with { Seconds = 4 },
        ]);

        Assert.Equal((0.75, 2, 6.5), (state.TalkRatio, state.Interruptions.Count, state.SilenceSeconds));
        Assert.True(state.Lines[0].Interrupted);
    }

    // Kind and id identify a report. All other fields derive from kind and id, so that a repeated report has the same content.
    private static Gen<LiveReport> AnyReport() =>
        from kind in Gen.Elements(s_kinds)
        from id in Gen.Choose(1, 4)
        from hasId in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        select hasId
            ? Report(kind, id, (id * 2) + (kind.Length % 3), $"{kind} {id}")
            : new LiveReport($"{kind}:hash{id}", kind, s_start.AddSeconds(id), Text: $"{kind} {id}", Original: "agent_response 2", Seconds: id);

    private static LiveReport Report(string kind, int id, int second, string? text = null) =>
        new($"{kind}:{id}", kind, s_start.AddSeconds(second), $"{id}", id, text);

    private static void AssertSame(LiveState expected, LiveState actual)
    {
        Assert.Equal(expected.Lines, actual.Lines);
        Assert.Equal(expected.Interruptions, actual.Interruptions);
        Assert.Equal(expected.Silences, actual.Silences);
        Assert.Equal(
            expected with { Lines = [], Interruptions = [], Silences = [] }, actual with { Lines = [], Interruptions = [], Silences = [] });
    }

    private static string? FieldOf(Announcement announcement, string name) =>
        announcement.Data.GetType().GetProperty(name)?.GetValue(announcement.Data)?.ToString();
}
