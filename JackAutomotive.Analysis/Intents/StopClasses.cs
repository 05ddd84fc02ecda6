using System.Collections.Frozen;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>The classes of words in Data/stop-classes.txt. "Quit", "cease" and "dejen" are one class, so the model learns them together.</summary>
internal sealed class StopClasses
{
    private static readonly Lazy<StopClasses> s_shared = new(() => new StopClasses());

    private readonly FrozenDictionary<ulong, ulong> _classes;

    private StopClasses()
    {
        var classes = new Dictionary<ulong, ulong>();
        foreach (var line in RuleData.Lines("stop-classes.txt"))
        {
            var parts = line.Split(" = ");
            foreach (var word in parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                classes.TryAdd(FeatureKey.Of(word), FeatureKey.Of($"class {parts[0]}"));
            }
        }

        _classes = classes.ToFrozenDictionary();
    }

    public static StopClasses Shared => s_shared.Value;

    /// <summary>Returns the key of the word's class, or zero.</summary>
    public ulong Of(ulong word) => _classes.GetValueOrDefault(word);
}
