using System.Collections.Frozen;
using System.Globalization;
using NodaTime;

namespace JackAutomotive.Analysis.Phrases;

/// <summary>Reads tables of words. Each line is a value, a colon, and the words that have this value.</summary>
internal static class WordMap
{
    /// <summary>Reads a table whose values are words.</summary>
    public static FrozenDictionary<string, string> Read(string table) => Read(table, value => value);

    /// <summary>Reads a table whose values are whole numbers.</summary>
    public static FrozenDictionary<string, int> ReadNumbers(string table) => Read(table, value => int.Parse(value, CultureInfo.InvariantCulture));

    /// <summary>Reads a table whose values are weekdays.</summary>
    public static FrozenDictionary<string, IsoDayOfWeek> ReadWeekdays(string table) => Read(table, Enum.Parse<IsoDayOfWeek>);

    /// <summary>Reads a list of words.</summary>
    public static FrozenSet<string> ReadSet(string words) => words.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();

    private static FrozenDictionary<string, T> Read<T>(string table, Func<string, T> parse) => table
        .Split('\n', StringSplitOptions.TrimEntries)
        .Select(line => line.Split(": ", 2))
        .SelectMany(line => line[1].Split(' ').Select(word => KeyValuePair.Create(word, parse(line[0]))))
        .ToFrozenDictionary();
}
