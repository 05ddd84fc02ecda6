using System.Globalization;

namespace JackAutomotive.AnalysisBench;

/// <summary>Counts of right and wrong answers about one label.</summary>
internal sealed class LabelCounts
{
    public int Right { get; private set; }

    public int Found { get; private set; }

    public int Labelled { get; private set; }

    public double Precision => Found == 0 ? 0 : (double)Right / Found;

    public double Recall => Labelled == 0 ? 0 : (double)Right / Labelled;

    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    public void Add(bool labelled, bool found)
    {
        Labelled += labelled ? 1 : 0;
        Found += found ? 1 : 0;
        Right += labelled && found ? 1 : 0;
    }
}

/// <summary>How often each label was taken for each other.</summary>
internal sealed class Confusion
{
    private static readonly SentimentLabel[] s_labels = Enum.GetValues<SentimentLabel>();

    private readonly int[,] _counts = new int[s_labels.Length, s_labels.Length];

    public int Total { get; private set; }

    public double Accuracy => s_labels.Sum(l => _counts[(int)l, (int)l]) / (double)Math.Max(Total, 1);

    public double MacroF1 => s_labels.Average(l => CountsOf(l).F1);

    public void Add(SentimentLabel labelled, SentimentLabel found)
    {
        _counts[(int)labelled, (int)found]++;
        Total++;
    }

    public (double Precision, double Recall, double F1) CountsOf(SentimentLabel label)
    {
        var right = _counts[(int)label, (int)label];
        var found = s_labels.Sum(l => _counts[(int)l, (int)label]);
        var labelled = s_labels.Sum(l => _counts[(int)label, (int)l]);
        var precision = found == 0 ? 0 : (double)right / found;
        var recall = labelled == 0 ? 0 : (double)right / labelled;
        return (precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
    }

    public void Print(TextWriter output)
    {
        output.WriteLine(Format($"    accuracy {Accuracy:0.000}   macro-F1 {MacroF1:0.000}   n = {Total}"));
        output.WriteLine("    label      precision  recall     F1   | found as negative  neutral  positive");
        foreach (var label in s_labels)
        {
            var (precision, recall, f1) = CountsOf(label);
            output.WriteLine(Format(
                $"    {label,-10} {precision,9:0.000} {recall,7:0.000} {f1,6:0.000}   | {_counts[(int)label, 0],17} {_counts[(int)label, 1],8} {_counts[(int)label, 2],9}"));
        }
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
