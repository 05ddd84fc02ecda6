using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Features.Conversations;

namespace JackAutomotive.Tests.Features.Conversations;

/// <summary>The state of a conversation that is being held, against every order and repetition of what is told of it.</summary>
public sealed class LiveConversationTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly LiveIds s_ids = new("conv_1", null);

    private static readonly string[] s_kinds =
    [
        LiveKinds.Started, LiveKinds.User, LiveKinds.Agent, LiveKinds.Correction, LiveKinds.Interruption, LiveKinds.Silence,
        LiveKinds.ToolCall, LiveKinds.Error, LiveKinds.Ended, LiveKinds.Transcribed, LiveKinds.AssumedEnded,
    ];

    [Property]
    public Property Every_order_and_repetition_ends_in_the_same_state()
    {
        var cases = from told in Gen.ListOf(AnyReport())
                    from again in Gen.Shuffle(told.Concat(told).ToArray())
                    select (told, again);
        return Prop.ForAll(cases.ToArbitrary(), c => AssertSame(LiveConversation.Of(c.told), LiveConversation.Of(c.again)));
    }

    [Property]
    public Property Whatever_the_order_everything_is_announced_once_and_the_last_words_are_the_right_ones()
    {
        var cases = from told in Gen.ListOf(AnyReport())
                    from again in Gen.Shuffle(told.Concat(told).ToArray())
                    select again;
        return Prop.ForAll(cases.ToArbitrary(), reports =>
        {
            var heard = new List<Announcement>();
            for (var i = 0; i < reports.Length; i++)
            {
                heard.AddRange(LiveAnnouncements.Between(
                    s_ids, LiveConversation.Of(reports.Take(i)), LiveConversation.Of(reports.Take(i + 1))));
            }

            var state = LiveConversation.Of(reports);
            Assert.Equal(state.StartedAt is null ? 0 : 1, heard.Count(one => one.Type == LeadEventTypes.CallInitiated));
            Assert.Equal(state.EndedAt is null ? 0 : 1, heard.Count(one => one.Type == LeadEventTypes.CallCompleted));
            Assert.Equal(state.Interruptions.Count, heard.Count(one => one.Type == LeadEventTypes.Interruption));
            Assert.Equal(state.Silences.Count, heard.Count(one => one.Type == LeadEventTypes.SilenceDetected));
            foreach (var line in state.Lines.Where(line => line.EventId is not null))
            {
                var said = heard.Where(one => one.Type.StartsWith("conversation_", StringComparison.Ordinal)
                    && Field(one, "EventId") == line.EventId && Field(one, "Role") == line.Role).ToList();
                Assert.Single(said, one => one.Type != LeadEventTypes.ConversationAgentCorrected);
                Assert.Equal(line.Text, Field(said[^1], "Text"));
            }
        });
    }

    [Fact]
    public void Lines_stand_by_time_then_by_event_id_and_the_customer_before_the_answer()
    {
        var state = LiveConversation.Of(
        [
            Report(LiveKinds.Agent, 3, 2, "B"), Report(LiveKinds.User, 3, 2, "A"), Report(LiveKinds.Agent, 4, 2, "C"),
            Report(LiveKinds.Agent, 9, 1, "first"),
        ]);

        Assert.Equal(["first", "A", "B", "C"], state.Lines.Select(line => line.Text));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_correction_replaces_the_agents_line_of_the_same_event_id_also_when_it_comes_first(bool first)
    {
        LiveReport[] reports =
        [
            Report(LiveKinds.Agent, 7, 10, "Yes, and we have it in"), Report(LiveKinds.User, 7, 9, "Is it there?"),
            Report(LiveKinds.Correction, 7, 11, "Yes, and"), Report(LiveKinds.Agent, 8, 12, "Sorry?"),
        ];

        var state = LiveConversation.Of(first ? reports.Reverse() : reports);

        Assert.Equal(["Is it there?", "Yes, and", "Sorry?"], state.Lines.Select(line => line.Text));
        Assert.Equal([false, true, false], state.Lines.Select(line => line.Interrupted));
    }

    [Fact]
    public void A_correction_without_an_id_replaces_the_line_that_it_quotes()
    {
        var state = LiveConversation.Of(
        [
            new("1", LiveKinds.Agent, s_start, Text: "Yes, and we"), new("2", LiveKinds.Agent, s_start.AddSeconds(1), Text: "Hello?"),
            new("3", LiveKinds.Correction, s_start.AddSeconds(2), Text: "Yes", Original: "Yes, and we"),
        ]);

        Assert.Equal(["Yes", "Hello?"], state.Lines.Select(line => line.Text));
    }

    [Fact]
    public void The_true_end_counts_before_the_transcript_and_that_before_an_assumed_one()
    {
        var assumed = Report(LiveKinds.AssumedEnded, 1, 90);
        var transcribed = Report(LiveKinds.Transcribed, 1, 60);
        var ended = Report(LiveKinds.Ended, 1, 30, "goodbye");

        Assert.Equal(LiveConversation.Live, LiveConversation.Of([]).Status);
        Assert.Equal((LiveConversation.AssumedEnded, s_start.AddSeconds(90)), EndOf(assumed));
        Assert.Equal((LiveConversation.Ended, s_start.AddSeconds(60)), EndOf(assumed, transcribed));
        Assert.Equal((LiveConversation.Ended, s_start.AddSeconds(30)), EndOf(transcribed, ended, assumed));

        static (string, DateTimeOffset?) EndOf(params LiveReport[] told) =>
            (LiveConversation.Of(told).Status, LiveConversation.Of(told).EndedAt);
    }

    [Fact]
    public void Words_interruptions_and_silences_are_counted()
    {
        var state = LiveConversation.Of(
        [
            Report(LiveKinds.Agent, 1, 1, "one two three"), Report(LiveKinds.User, 2, 2, "one"),
            Report(LiveKinds.Interruption, 1, 2), Report(LiveKinds.Interruption, 5, 3),
            Report(LiveKinds.Silence, 6, 4) with { Seconds = 2.5 }, Report(LiveKinds.Silence, 7, 5) with { Seconds = 4 },
        ]);

        Assert.Equal((0.75, 2, 6.5), (state.TalkRatio, state.Interruptions.Count, state.SilenceSeconds));
        Assert.True(state.Lines[0].Interrupted);
    }

    // What is told is known by its kind and id: what else it says follows from them.
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

    private static string? Field(Announcement announcement, string name) =>
        announcement.Data.GetType().GetProperty(name)?.GetValue(announcement.Data)?.ToString();
}
