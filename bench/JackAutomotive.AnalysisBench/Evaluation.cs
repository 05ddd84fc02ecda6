using System.Globalization;

namespace JackAutomotive.AnalysisBench;

/// <summary>Compares the engine and the two baselines with the labels of one half of the data.</summary>
internal sealed class Evaluation(string folder, TextWriter output)
{
    private static readonly Intent[] s_intents = Enum.GetValues<Intent>();

    /// <summary>Prints all figures. Mistakes are listed only when <paramref name="mistakes"/> is true.</summary>
    public void Run(bool mistakes)
    {
        var utterances = LabelledData.Read<Utterance>(Path.Combine(folder, "utterances.jsonl"));
        var path = Path.Combine(folder, "conversations.jsonl");
        var conversations = File.Exists(path) ? LabelledData.Read<LabelledConversation>(path) : [];
        output.WriteLine(Line($"{utterances.Count} utterances, {conversations.Count} conversations in {folder}"));
        Utterances("rules " + RuleEngine.Version, utterances, u => Systems.Engine(u.Text, u.Before, u.Channel), mistakes);
        Utterances("baseline: plain VADER lexicon", utterances, u => Systems.PlainLexicon(u.Text), false);
        Utterances("baseline: the predecessor's substring lists", utterances, u => Systems.SubstringLists(u.Text), false);
        if (conversations.Count > 0)
        {
            Conversations(conversations, mistakes);
        }
    }

    private void Utterances(string name, List<Utterance> utterances, Func<Utterance, Verdict> analyse, bool mistakes)
    {
        var sentiment = new Confusion();
        var intents = s_intents.ToDictionary(i => i, _ => new LabelCounts());
        var kinds = Enum.GetValues<ObjectionKind>().ToDictionary(k => k, _ => new LabelCounts());
        foreach (var utterance in utterances)
        {
            var verdict = analyse(utterance);
            sentiment.Add(utterance.Sentiment, verdict.Sentiment);
            if (mistakes && verdict.Sentiment != utterance.Sentiment)
            {
                output.WriteLine($"  S {utterance.Sentiment} found {verdict.Sentiment}: [{utterance.Before}] {utterance.Text}");
            }

            foreach (var intent in s_intents)
            {
                var (labelled, found) = (utterance.Intents.Contains(intent), verdict.Intents.Contains(intent));
                intents[intent].Add(labelled, found);
                if (mistakes && labelled != found)
                {
                    output.WriteLine($"  I {intent} {(labelled ? "missed" : "false")}: [{utterance.Before}] {utterance.Text}");
                }
            }

            foreach (var kind in kinds.Keys)
            {
                kinds[kind].Add(utterance.Objection == kind, verdict.Objection == kind);
            }
        }

        output.WriteLine();
        output.WriteLine(name);
        sentiment.Print(output);
        foreach (var intent in s_intents)
        {
            Print(intent.ToString(), intents[intent]);
        }

        foreach (var (kind, counts) in kinds)
        {
            Print("Objection/" + kind, counts);
        }
    }

    private void Conversations(List<LabelledConversation> conversations, bool mistakes)
    {
        var whole = new Confusion();
        var turns = new Confusion();
        var intents = s_intents.ToDictionary(i => i, _ => new LabelCounts());
        var actions = new ActionCounts();
        foreach (var conversation in conversations)
        {
            var analysis = Systems.Engine(conversation);
            whole.Add(conversation.Labels.Sentiment, analysis.Conversation.Sentiment.Label);
            if (mistakes && conversation.Labels.Sentiment != analysis.Conversation.Sentiment.Label)
            {
                output.WriteLine(Line(
                    $"  C {conversation.Id} {conversation.Labels.Sentiment} found {analysis.Conversation.Sentiment.Label} {analysis.Conversation.Sentiment.Score}"));
            }

            foreach (var (index, labels) in conversation.Labels.Turns)
            {
                var i = int.Parse(index, CultureInfo.InvariantCulture);
                var turn = analysis.Turns[i];
                turns.Add(labels.Sentiment, turn.Sentiment.Label);
                if (mistakes && labels.Sentiment != turn.Sentiment.Label)
                {
                    var before = i > 0 ? conversation.Turns[i - 1].Text : "";
                    output.WriteLine($"  T {labels.Sentiment} found {turn.Sentiment.Label}: [{before}] {conversation.Turns[i].Text}");
                }

                foreach (var intent in s_intents)
                {
                    var (labelled, found) = (labels.Intents.Contains(intent), turn.Intents.Any(x => x.Name == intent));
                    intents[intent].Add(labelled, found);
                    if (mistakes && labelled != found)
                    {
                        output.WriteLine($"  TI {intent} {(labelled ? "missed" : "false")}: {conversation.Turns[i].Text}");
                    }
                }
            }

            actions.Add(conversation, analysis.Conversation.ActionItems, mistakes ? output : null);
        }

        output.WriteLine();
        output.WriteLine("rules " + RuleEngine.Version + ", sentiment of whole conversations");
        whole.Print(output);
        output.WriteLine("sentiment of the customer's turns in conversations");
        turns.Print(output);
        foreach (var intent in s_intents)
        {
            Print(intent.ToString(), intents[intent]);
        }

        output.WriteLine(Line(
            $"    action items          precision {actions.Precision:0.000}  recall {actions.Recall:0.000}  F1 {actions.F1:0.000}  due time right {actions.DueRight:0.000}  (labelled {actions.Labelled})"));
    }

    private void Print(string label, LabelCounts counts) =>
        output.WriteLine(Line(
            $"    {label,-21} precision {counts.Precision:0.000}  recall {counts.Recall:0.000}  F1 {counts.F1:0.000}  (labelled {counts.Labelled}, found {counts.Found})"));

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
