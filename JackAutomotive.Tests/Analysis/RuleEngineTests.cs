using System.Diagnostics;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Analysis;

namespace JackAutomotive.Tests.Analysis;

public sealed class RuleEngineTests
{
    private static readonly string[] s_pieces =
    [
        "stop", "texting", "me", "don't", "I'll", "take", "it", "call", "not", "love", "hate", "but", "no", "yes", "?", "!", ".", ",", "\n", "😍", "👍🏽", "\ud83d",
        "\u0301", "'", "\"", "$1,200", "3.5%", "STOP", "Marcus", "señor", "más", "w/", "#", ":)", "aaaaaaaa", "unsubcribe", "the", "price", "is", "too", "high", "\0",
    ];

    [Property(MaxTest = 300)]
    public void Any_text_has_a_result_whose_evidence_is_the_texts_own_words(NonNegativeInt[] pieces, NonNull<string> noise)
    {
        var text = string.Join(' ', pieces.Select(p => s_pieces[p.Get % s_pieces.Length])) + noise.Get;
        var analysis = Say.Conversation(new Turn(TurnRole.Agent, text, 0), new Turn(TurnRole.User, text, 1));

        foreach (var turn in analysis.Turns)
        {
            Assert.InRange(turn.Sentiment.Score, -1, 1);
            Assert.All(turn.Sentiment.Evidence.Concat(turn.Intents.SelectMany(i => i.Evidence)), evidence =>
            {
                Assert.InRange(evidence.Length, 1, text.Length);
                Assert.Equal(text.Substring(evidence.Start, evidence.Length), evidence.Text);
            });
            Assert.All(turn.Intents, intent => Assert.NotEmpty(intent.Evidence));
            Assert.All(turn.Intents, intent => Assert.Equal(intent.Name == Intent.Objection, intent.Objection is not null));
        }

        Assert.InRange(analysis.Conversation.Sentiment.Score, -1, 1);
    }

    [Property(MaxTest = 50)]
    public void The_same_text_has_the_same_result(NonNegativeInt[] pieces)
    {
        var text = string.Join(' ', pieces.Select(p => s_pieces[p.Get % s_pieces.Length]));

        Assert.Equal(JsonSerializer.Serialize(Say.Text(text)), JsonSerializer.Serialize(Say.Text(text)));
    }

    [Theory]
    [InlineData("stop ")]
    [InlineData("don't text me ")]
    [InlineData("aaaaaaaaaa")]
    [InlineData("not love but ")]
    [InlineData("?!")]
    [InlineData("\"'")]
    [InlineData("😡")]
    public void A_long_text_costs_time_in_proportion_to_its_length(string piece)
    {
        TimeSpan Time(int length)
        {
            var text = string.Concat(Enumerable.Repeat(piece, length / piece.Length));
            var best = TimeSpan.MaxValue;
            for (var i = 0; i < 2; i++)
            {
                var watch = Stopwatch.StartNew();
                Say.Text(text);
                best = watch.Elapsed < best ? watch.Elapsed : best;
            }

            return best;
        }

        var (small, large) = (Time(10_000), Time(100_000));

        // Ten times the length: twenty times the time is in proportion, a hundred times would be quadratic.
        Assert.True(large < (small * 40) + TimeSpan.FromSeconds(1), $"10,000 characters: {small}; 100,000 characters: {large}");
    }

    [Fact]
    public void An_empty_conversation_and_an_empty_text_have_a_result()
    {
        Assert.Empty(Say.Conversation().Turns);
        Assert.Equal(SentimentLabel.Neutral, Say.Text("").Sentiment.Label);
    }

    [Fact]
    public void The_result_names_the_engine_and_lists_each_intent_of_the_conversation_once()
    {
        var analysis = Say.Conversation(
            new Turn(TurnRole.User, "stop texting me", 0), new Turn(TurnRole.Agent, "I understand.", 5), new Turn(TurnRole.User, "I said stop", 9));

        Assert.Equal((RuleEngine.Name, RuleEngine.Version), (analysis.Engine, analysis.Version));
        Assert.Equal([0, 2], Assert.Single(analysis.Conversation.Intents, i => i.Name == Intent.StopRequest).Turns);
    }
}
