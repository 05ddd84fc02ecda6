using System.Text.Json;
using JackAutomotive.Analysis;
using JackAutomotive.Tests.Architecture;

namespace JackAutomotive.Tests.Analysis;

/// <summary>
/// The engine keeps its goals on the tuning half of the labelled data. bench/analysis/run.sh prints all figures, also those of the half that no rule
/// was written for.
/// </summary>
public sealed class LabelledDataTests
{
    private static readonly SentimentLabel[] s_labels = Enum.GetValues<SentimentLabel>();

    private static readonly Lazy<List<Case>> s_cases = new(() =>
    [
        .. Checkout.Read("bench/analysis/data/tuning/utterances.jsonl")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<Utterance>(line, JsonSerializerOptions.Web)!)
            .Select(u => new Case(u, Say.Text(u.Text, u.Before))),
    ]);

    [Fact]
    public void Sentiment_reaches_a_macro_F1_of_0_85()
    {
        var f1 = s_labels.Average(label => F1(c => c.Labelled.Sentiment == label, c => c.Found.Sentiment.Label == label));

        Assert.True(f1 >= 0.85, $"macro-F1 is {f1:0.000}");
    }

    [Theory]
    [InlineData(Intent.StopRequest, 0.95, 0.95)]
    [InlineData(Intent.WantsPerson, 0.90, 0.85)]
    [InlineData(Intent.BuyingSignal, 0.90, 0.85)]
    [InlineData(Intent.CallbackRequest, 0.90, 0.85)]
    [InlineData(Intent.WrongNumber, 0.85, 0.85)]
    [InlineData(Intent.AlreadyBought, 0.85, 0.85)]
    [InlineData(Intent.Objection, 0.75, 0.80)]
    public void Each_intent_reaches_its_precision_and_recall(Intent intent, double precision, double recall)
    {
        var (p, r) = Rates(c => c.Labelled.Intents.Contains(intent), c => c.Found.Intents.Any(i => i.Name == intent));

        Assert.True(p >= precision && r >= recall, $"{intent}: precision {p:0.000}, recall {r:0.000}");
    }

    [Theory]
    [InlineData("tuning")]
    [InlineData("fresh")]
    public void Requests_to_end_contact_are_found_with_the_words_that_show_them(string half)
    {
        var cases = Checkout.Read($"bench/analysis/data/stops/{half}.jsonl")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<StopUtterance>(line, JsonSerializerOptions.Web)!)
            .Select(u => (u.Text, u.Stop, Found: Say.Text(u.Text, u.Before).Intents.FirstOrDefault(i => i.Name == Intent.StopRequest)))
            .ToList();

        double right = cases.Count(c => c.Stop && c.Found is not null);
        var (precision, recall) = (right / cases.Count(c => c.Found is not null), right / cases.Count(c => c.Stop));
        Assert.True(precision >= 0.9 && recall >= 0.95, $"precision {precision:0.000}, recall {recall:0.000}");
        Assert.All(cases.Where(c => c.Found is not null), c => Assert.All(
            c.Found!.Evidence,
            words => Assert.Equal(c.Text.Substring(words.Start, words.Length), words.Text)));
    }

    private static double F1(Func<Case, bool> labelled, Func<Case, bool> found)
    {
        var (precision, recall) = Rates(labelled, found);
        return 2 * precision * recall / (precision + recall);
    }

    private static (double Precision, double Recall) Rates(Func<Case, bool> labelled, Func<Case, bool> found)
    {
        double right = s_cases.Value.Count(c => labelled(c) && found(c));
        return (right / s_cases.Value.Count(found), right / s_cases.Value.Count(labelled));
    }

    private sealed record Utterance(string Text, string? Before, SentimentLabel Sentiment, Intent[] Intents);

    private sealed record StopUtterance(string Text, string? Before, bool Stop);

    private sealed record Case(Utterance Labelled, TurnAnalysis Found);
}
