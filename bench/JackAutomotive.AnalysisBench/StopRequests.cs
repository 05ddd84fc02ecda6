using System.Globalization;

namespace JackAutomotive.AnalysisBench;

/// <summary>One utterance of which only one thing is labelled: whether it asks that contact ends.</summary>
internal sealed record StopUtterance(string Id, string Text, string? Before, TurnChannel Channel, string Lang, bool Stop);

/// <summary>Compares the stop requests that the engine finds with labels.</summary>
internal static class StopRequests
{
    /// <summary>Prints precision and recall. Mistakes are listed only when <paramref name="mistakes"/> is true.</summary>
    public static void Evaluate(string path, bool mistakes, TextWriter output)
    {
        var counts = new LabelCounts();
        foreach (var utterance in LabelledData.Read<StopUtterance>(path))
        {
            var found = Systems.Engine(utterance.Text, utterance.Before, utterance.Channel).Intents.Contains(Intent.StopRequest);
            counts.Add(utterance.Stop, found);
            if (mistakes && found != utterance.Stop)
            {
                output.WriteLine($"  {(utterance.Stop ? "missed" : "false")}: [{utterance.Before}] {utterance.Text}");
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"StopRequest  precision {counts.Precision:0.000}  recall {counts.Recall:0.000}  (labelled {counts.Labelled}, found {counts.Found})  {path}"));
    }
}
