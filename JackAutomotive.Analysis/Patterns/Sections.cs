namespace JackAutomotive.Analysis.Patterns;

/// <summary>The sections of the rule files, as numbers.</summary>
internal static class Sections
{
    private static readonly Dictionary<string, int> s_numbers = new(StringComparer.Ordinal);

    public static readonly int Sentiment = Of("sentiment");

    /// <summary>The number of sections. Numbers are below it.</summary>
    public static int Count
    {
        get
        {
            lock (s_numbers)
            {
                return s_numbers.Count;
            }
        }
    }

    /// <summary>Returns the number of the section <paramref name="name"/>.</summary>
    public static int Of(string name)
    {
        lock (s_numbers)
        {
            if (!s_numbers.TryGetValue(name, out var number))
            {
                s_numbers.Add(name, number = s_numbers.Count);
            }

            return number;
        }
    }
}
