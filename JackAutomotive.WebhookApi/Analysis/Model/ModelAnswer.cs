using System.Globalization;
using System.Text.Json;
using JackAutomotive.Analysis;
using NodaTime.Extensions;

namespace JackAutomotive.WebhookApi.Analysis.Model;

/// <summary>
/// A valid answer of the model. Every index must exist, every label must be known, every score must be in its range, and all evidence must be
/// words of its turn: an answer that breaks one of these rules is refused as a whole.
/// </summary>
internal sealed class ModelAnswer
{
    private const int MaxPhrases = 20;
    private const int MaxItems = 100;
    private const int MaxItemLength = 300;
    private const int MaxPhraseLength = 100;

    // A date further away is an error of the model.
    private static readonly TimeSpan s_maxDue = TimeSpan.FromDays(730);

    private readonly Transcript _transcript;
    private readonly Dictionary<int, TurnAnalysis> _turns = [];
    private SentimentResult _sentiment = null!;
    private IReadOnlyList<KeyPhrase> _keyPhrases = [];
    private IReadOnlyList<ActionItem> _actionItems = [];

    private ModelAnswer(Transcript transcript) => _transcript = transcript;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="ModelException">The answer is not valid. The reason names the field and repeats no words.</exception>
    public static ModelAnswer Read(string text, Transcript transcript)
    {
        var answer = new ModelAnswer(transcript);
        try
        {
            using var document = JsonDocument.Parse(WithoutFence(text));
            answer.ReadRoot(document.RootElement);
            return answer;
        }
        catch (JsonException)
        {
            throw Invalid("the answer", "is not JSON");
        }
        catch (InvalidOperationException)
        {
            // A string of the answer holds half of a surrogate pair.
            throw Invalid("the answer", "is not valid Unicode");
        }
    }

    /// <summary>
    /// Returns the whole analysis. The rubric of quality comes from the rules, and a request to end all contact that only the rules have found
    /// counts too, because missing one is the worst error.
    /// </summary>
    public ConversationAnalysis Complete(ConversationAnalysis rules, string engine, string version)
    {
        var turns = rules.Turns.Select(turn => WithStopRequest(
            _turns.GetValueOrDefault(turn.Index) ?? new TurnAnalysis(turn.Index, new SentimentResult(0, SentimentLabel.Neutral, []), []), turn)).ToList();
        var intents = turns
            .SelectMany(turn => turn.Intents.Select(intent => (Intent: intent, turn.Index)))
            .GroupBy(entry => (entry.Intent.Name, entry.Intent.Objection))
            .OrderBy(group => group.Key)
            .Select(group => new ConversationIntent(group.Key.Name, group.Key.Objection, [.. group.Select(entry => entry.Index).Distinct()]));
        return new ConversationAnalysis(
            engine, version, turns, new ConversationSummary(_sentiment, [.. intents], _keyPhrases, _actionItems, rules.Conversation.Quality));
    }

    private static TurnAnalysis WithStopRequest(TurnAnalysis turn, TurnAnalysis byRules) =>
        !turn.Intents.Any(intent => intent.Name == Intent.StopRequest)
        && byRules.Intents.FirstOrDefault(intent => intent.Name == Intent.StopRequest) is { } request
            ? turn with { Intents = [request, .. turn.Intents] }
            : turn;

    // Many models put JSON into a Markdown fence although they are asked for JSON alone.
    private static string WithoutFence(string text)
    {
        var trimmed = text.Trim();
        if (!trimmed.StartsWith("```", StringComparison.Ordinal) || !trimmed.EndsWith("```", StringComparison.Ordinal))
        {
            return trimmed;
        }

        var start = trimmed.IndexOf('\n', StringComparison.Ordinal);
        return start < 0 ? trimmed : trimmed[start..^3];
    }

    private void ReadRoot(JsonElement root)
    {
        foreach (var item in ReadList(root, "turns", "turns", _transcript.Turns.Count))
        {
            ReadTurn(item, $"turns[{_turns.Count}]");
        }

        var missing = Enumerable.Range(0, _transcript.Turns.Count)
            .FirstOrDefault(i => _transcript.Turns[i].Role == TurnRole.User && !_turns.ContainsKey(i), -1);
        if (missing >= 0)
        {
            throw Invalid("turns", $"has no entry for the turn {missing}");
        }

        var conversation = ReadObject(root, "conversation", "conversation");
        _sentiment = ReadSentiment(conversation, "conversation.sentiment", words: null);
        _keyPhrases = [.. ReadList(conversation, "keyPhrases", "conversation.keyPhrases", MaxPhrases).Select(ReadKeyPhrase)];
        _actionItems = [.. ReadList(conversation, "actionItems", "conversation.actionItems", MaxItems).Select(ReadActionItem)];
    }

    private void ReadTurn(JsonElement item, string name)
    {
        var index = ReadIndex(item, "index", $"{name}.index");
        var turn = _transcript.Turns[index];
        var sentiment = ReadSentiment(item, $"{name}.sentiment", turn.Text);
        var intents = ReadList(item, "intents", $"{name}.intents", 20).Select((intent, i) => ReadIntent(intent, $"{name}.intents[{i}]", turn.Text)).ToList();
        if (turn.Role == TurnRole.Agent)
        {
            // What the dealership feels and wants does not count.
            (sentiment, intents) = (new SentimentResult(0, SentimentLabel.Neutral, []), []);
        }

        if (!_turns.TryAdd(index, new TurnAnalysis(index, sentiment, intents)))
        {
            throw Invalid($"{name}.index", "names a turn for the second time");
        }
    }

    private static SentimentResult ReadSentiment(JsonElement parent, string name, string? words)
    {
        var sentiment = ReadObject(parent, "sentiment", name);
        if (!sentiment.TryGetProperty("score", out var number) || number.ValueKind != JsonValueKind.Number
            || !number.TryGetDouble(out var score) || !(score is >= -1 and <= 1))
        {
            throw Invalid($"{name}.score", "is not a number from -1 to 1");
        }

        var label = ReadName<SentimentLabel>(sentiment, "label", $"{name}.label");
        if ((label == SentimentLabel.Negative && score > 0) || (label == SentimentLabel.Positive && score < 0))
        {
            throw Invalid($"{name}.label", "contradicts the score");
        }

        var evidence = words is not null && sentiment.TryGetProperty("evidence", out _) ? ReadEvidence(sentiment, name, words) : [];
        return new SentimentResult(score, label, evidence);
    }

    private static IntentResult ReadIntent(JsonElement item, string name, string words)
    {
        var intent = ReadName<Intent>(item, "name", $"{name}.name");
        var hasObjection = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("objection", out var given) && given.ValueKind != JsonValueKind.Null;
        if (hasObjection != (intent == Intent.Objection))
        {
            throw Invalid($"{name}.objection", "is given with an objection and only then");
        }

        var evidence = ReadEvidence(item, name, words);
        return evidence.Count > 0
            ? new IntentResult(intent, hasObjection ? ReadName<ObjectionKind>(item, "objection", $"{name}.objection") : null, evidence)
            : throw Invalid($"{name}.evidence", "is empty");
    }

    private KeyPhrase ReadKeyPhrase(JsonElement item, int i)
    {
        var name = $"conversation.keyPhrases[{i}]";
        var text = ReadText(item, "text", $"{name}.text", MaxPhraseLength);
        var (count, turn, start) = (0, -1, 0);
        for (var index = 0; index < _transcript.Turns.Count; index++)
        {
            var words = _transcript.Turns[index].Text;
            for (var at = Find(words, 0); at >= 0; at = Find(words, at + text.Length))
            {
                (turn, start) = count++ == 0 ? (index, at) : (turn, start);
            }
        }

        return count > 0
            ? new KeyPhrase(text.ToLowerInvariant(), count, turn, Evidence.From(_transcript.Turns[turn].Text, start, text.Length))
            : throw Invalid($"{name}.text", "stands in no turn");

        int Find(string words, int from) => from > words.Length ? -1 : words.IndexOf(text, from, StringComparison.OrdinalIgnoreCase);
    }

    private ActionItem ReadActionItem(JsonElement item, int i)
    {
        var name = $"conversation.actionItems[{i}]";
        var turn = ReadIndex(item, "turn", $"{name}.turn");
        var evidence = ReadEvidence(item, name, _transcript.Turns[turn].Text);
        return evidence.Count > 0
            ? new ActionItem(
                ReadText(item, "text", $"{name}.text", MaxItemLength),
                ReadName<ActionOwner>(item, "owner", $"{name}.owner"),
                ReadDue(item, $"{name}.dueAt", turn),
                turn,
                evidence)
            : throw Invalid($"{name}.evidence", "is empty");
    }

    private DateTimeOffset? ReadDue(JsonElement item, string name, int turn)
    {
        if (!item.TryGetProperty("dueAt", out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || !Rfc3339.TryParse(value.GetString()!, out var due))
        {
            throw Invalid(name, "is not a time with an offset");
        }

        var said = _transcript.TimeOf(turn).ToDateTimeOffset();
        return due >= said.AddDays(-1) && due <= said + s_maxDue
            ? due.ToInstant().InZone(_transcript.TimeZone).ToDateTimeOffset()
            : throw Invalid(name, "is before the turn or years after it");
    }

    private int ReadIndex(JsonElement item, string field, string name) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var index) && index >= 0 && index < _transcript.Turns.Count
            ? index
            : throw Invalid(name, $"is not a turn from 0 to {_transcript.Turns.Count - 1}");

    // A model that counts characters must count correctly. One that gives the words alone is asked for no more.
    private static List<Evidence> ReadEvidence(JsonElement item, string name, string words)
    {
        var evidence = new List<Evidence>();
        foreach (var entry in ReadList(item, "evidence", $"{name}.evidence", 20))
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"{name}.evidence[{evidence.Count}]");
            var text = ReadText(entry, "text", $"{field}.text", words.Length);
            var start = entry.TryGetProperty("start", out var given)
                ? given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var at) ? at : -1
                : words.IndexOf(text, StringComparison.Ordinal);
            var isLength = !entry.TryGetProperty("length", out var length)
                || (length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out var characters) && characters == text.Length);
            if (!isLength || start < 0 || start > words.Length - text.Length || string.CompareOrdinal(words, start, text, 0, text.Length) != 0)
            {
                throw Invalid(field, "is not words of the turn");
            }

            evidence.Add(new Evidence(start, text.Length, text));
        }

        return evidence;
    }

    private static JsonElement ReadObject(JsonElement parent, string field, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw Invalid(name, "is not an object");

    private static JsonElement.ArrayEnumerator ReadList(JsonElement parent, string field, string name, int limit) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() <= limit
            ? value.EnumerateArray()
            : throw Invalid(name, $"is not a list of at most {limit} entries");

    private static string ReadText(JsonElement item, string field, string name, int maxLength) =>
        item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { } text && !string.IsNullOrWhiteSpace(text) && text.Length <= maxLength && !text.Contains('\0')
            ? text
            : throw Invalid(name, $"is not a text of at most {maxLength} characters");

    // The names are those of the JSON: "stop_request", not "StopRequest" and not a number.
    private static T ReadName<T>(JsonElement item, string field, string name)
        where T : struct, Enum
    {
        if (item.ValueKind == JsonValueKind.Object && item.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String)
        {
            var text = value.GetString();
            foreach (var known in Enum.GetValues<T>())
            {
                if (JsonSerializer.SerializeToElement(known, AnalysisJson.Options).GetString() == text)
                {
                    return known;
                }
            }
        }

        throw Invalid(name, "is not a known name");
    }

    private static ModelException Invalid(string field, string rule) => new("invalid", $"the model's answer is not valid: {field} {rule}");
}
