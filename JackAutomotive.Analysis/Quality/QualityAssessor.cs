using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.Quality;

/// <summary>Rates how well the dealership's side led a conversation, by a rubric of seven criteria.</summary>
internal static class QualityAssessor
{
    // People speak about 150 words in a minute, and quick speakers 210.
    private const double WordsPerSecond = 2.5;
    private const double QuickWordsPerSecond = 3.5;

    private const int DiscoveryQuestions = 2;
    private const double MaxTalkRatio = 0.65;
    private const double MaxSilenceSeconds = 8;

    /// <summary>Assesses the conversation.</summary>
    /// <param name="transcript">The conversation.</param>
    /// <param name="turns">What was found in each turn. Objections are read from it.</param>
    /// <param name="items">What was agreed.</param>
    public static QualityReport Assess(Transcript transcript, IReadOnlyList<TurnAnalysis> turns, IReadOnlyList<ActionItem> items)
    {
        var isVoice = transcript.Turns.Any(turn => turn.Channel is TurnChannel.Voice);
        var talkRatio = TalkRatio(transcript);
        var silence = isVoice ? LongestSilence(transcript) : ((double Seconds, int Turn)?)null;
        QualityCriterion[] criteria =
        [
            Greeting(transcript),
            Disclosure(transcript),
            Discovery(transcript),
            Objections(transcript, turns),
            NextStep(transcript, turns, items),
            Listening(talkRatio),
            Pace(silence),
        ];
        var possible = criteria.Where(criterion => criterion.Met is not null).Sum(criterion => criterion.MaxPoints);
        var earned = criteria.Sum(criterion => criterion.Points);
        var score = possible == 0 ? 0 : (int)Math.Round(100.0 * earned / possible, MidpointRounding.AwayFromZero);
        return new(score, criteria, talkRatio, isVoice ? CountInterruptions(transcript) : null, silence?.Seconds);
    }

    private static QualityCriterion Greeting(Transcript transcript)
    {
        var first = IndexOfFirst(transcript, TurnRole.Agent);
        if (first < 0)
        {
            return NotApplicable("greeting", 15, "The dealership said nothing.");
        }

        var greeting = FindIn(transcript.Turns[first].Text, Rubric.Greetings);
        var introduction = FindIn(transcript.Turns[first].Text, Rubric.Introductions);
        List<Evidence> evidence = [.. new[] { greeting, introduction }.OfType<Evidence>()];
        return (greeting, introduction) switch
        {
            (not null, not null) => Rated("greeting", 15, 15, "The dealership greets and says who speaks.", first, evidence),
            (null, null) => Rated("greeting", 0, 15, "The dealership neither greets nor says who speaks.", first, evidence),
            _ => Rated("greeting", 8, 15, "The dealership greets or says who speaks, and not both.", first, evidence),
        };
    }

    private static QualityCriterion Disclosure(Transcript transcript)
    {
        foreach (var index in IndexesOf(transcript, TurnRole.Agent))
        {
            if (FindIn(transcript.Turns[index].Text, Rubric.Disclosures) is { } evidence)
            {
                return Rated("disclosure", 10, 10, "The dealership says that an automated assistant speaks or that the call is recorded.", index, [evidence]);
            }
        }

        return IndexOfFirst(transcript, TurnRole.Agent) < 0
            ? NotApplicable("disclosure", 10, "The dealership said nothing.")
            : Rated("disclosure", 0, 10, "Nothing says that an automated assistant speaks or that the call is recorded.", null, []);
    }

    private static QualityCriterion Discovery(Transcript transcript)
    {
        var asked = IndexesOf(transcript, TurnRole.Agent).Where(index => transcript.Turns[index].Text.Contains('?', StringComparison.Ordinal)).ToList();
        if (!transcript.Turns.Any(turn => turn.Role is TurnRole.User))
        {
            return NotApplicable("discovery", 20, "The customer said nothing.");
        }

        var evidence = asked.Count > 0 ? [QuestionIn(transcript.Turns[asked[^1]].Text)] : Array.Empty<Evidence>();
        var points = Math.Min(asked.Count, DiscoveryQuestions) * 20 / DiscoveryQuestions;
        return Rated("discovery", points, 20, $"The dealership asks in {asked.Count} turns. Two or more are expected.", asked.Count > 0 ? asked[^1] : null, evidence);
    }

    private static QualityCriterion Objections(Transcript transcript, IReadOnlyList<TurnAnalysis> turns)
    {
        var objections = turns.Where(turn => turn.Intents.Any(intent => intent.Name is Intent.Objection)).Select(turn => turn.Index).ToList();
        if (objections.Count == 0)
        {
            return NotApplicable("objections_handled", 20, "The customer raises no objection.");
        }

        var handled = new List<(int Turn, Evidence Evidence)>();
        foreach (var index in objections)
        {
            var answer = index + 1;
            if (answer < transcript.Turns.Count && transcript.Turns[answer].Role is TurnRole.Agent
                && FindIn(transcript.Turns[answer].Text, Rubric.Acknowledgements) is { } evidence)
            {
                handled.Add((answer, evidence));
            }
        }

        var points = 20 * handled.Count / objections.Count;
        return Rated(
            "objections_handled",
            points,
            20,
            $"The dealership takes up {handled.Count} of {objections.Count} objections.",
            handled.Count > 0 ? handled[0].Turn : objections[0],
            handled.Count > 0 ? [handled[0].Evidence] : []);
    }

    private static QualityCriterion NextStep(Transcript transcript, IReadOnlyList<TurnAnalysis> turns, IReadOnlyList<ActionItem> items)
    {
        var ends = turns.Any(turn => turn.Intents.Any(intent => intent.Name is Intent.StopRequest or Intent.WrongNumber));
        if (ends)
        {
            return NotApplicable("next_step_agreed", 20, "The customer wants no further contact.");
        }

        if (items.Count == 0)
        {
            return transcript.Turns.Count == 0
                ? NotApplicable("next_step_agreed", 20, "Nothing was said.")
                : Rated("next_step_agreed", 0, 20, "Nothing was agreed.", null, []);
        }

        var dated = items.FirstOrDefault(item => item.DueAt is not null);
        var item = dated ?? items[0];
        return Rated(
            "next_step_agreed",
            dated is null ? 12 : 20,
            20,
            dated is null ? "A next step is agreed, without a time." : "A next step is agreed, with a time.",
            item.Turn,
            item.Evidence);
    }

    private static QualityCriterion Listening(double? talkRatio) => talkRatio is not { } ratio
        ? NotApplicable("talk_ratio", 10, "Nothing was said.")
        : Rated(
            "talk_ratio",
            ratio <= MaxTalkRatio ? 10 : 0,
            10,
            FormattableString.Invariant($"The dealership speaks {ratio:P0} of the words. At most {MaxTalkRatio:P0} is expected."),
            null,
            []);

    private static QualityCriterion Pace((double Seconds, int Turn)? silence) => silence is not { } longest
        ? NotApplicable("pace", 5, "Texts have no pauses.")
        : Rated(
            "pace",
            longest.Seconds <= MaxSilenceSeconds ? 5 : 0,
            5,
            FormattableString.Invariant($"The longest silence is {longest.Seconds:0.#} s. At most {MaxSilenceSeconds:0} s is expected."),
            longest.Turn < 0 ? null : longest.Turn,
            []);

    private static double? TalkRatio(Transcript transcript)
    {
        var agent = transcript.Turns.Where(turn => turn.Role is TurnRole.Agent).Sum(turn => CountWords(turn.Text));
        var all = transcript.Turns.Sum(turn => CountWords(turn.Text));
        return all == 0 ? null : Math.Round((double)agent / all, 3);
    }

    private static (double Seconds, int Turn) LongestSilence(Transcript transcript)
    {
        var longest = (Seconds: 0.0, Turn: -1);
        for (var index = 1; index < transcript.Turns.Count; index++)
        {
            var spoken = CountWords(transcript.Turns[index - 1].Text) / WordsPerSecond;
            var silence = transcript.Turns[index].OffsetSeconds - transcript.Turns[index - 1].OffsetSeconds - spoken;
            if (silence > longest.Seconds)
            {
                longest = (Math.Round(silence, 1), index);
            }
        }

        return longest;
    }

    // A turn that begins before even a quick speaker could have ended the one before.
    private static int CountInterruptions(Transcript transcript)
    {
        var count = 0;
        for (var index = 1; index < transcript.Turns.Count; index++)
        {
            var (previous, turn) = (transcript.Turns[index - 1], transcript.Turns[index]);
            var shortest = CountWords(previous.Text) / QuickWordsPerSecond;
            var isCutOff = previous.Text.EndsWith('—') || previous.Text.EndsWith("--", StringComparison.Ordinal) || previous.Text.EndsWith(" -", StringComparison.Ordinal);
            if (previous.Role != turn.Role && (isCutOff || (turn.OffsetSeconds > 0 && turn.OffsetSeconds - previous.OffsetSeconds < shortest - 1)))
            {
                count++;
            }
        }

        return count;
    }

    private static int CountWords(string text)
    {
        var count = 0;
        var isInside = false;
        foreach (var c in text)
        {
            var isWord = char.IsLetterOrDigit(c) || (isInside && c is '\'' or '\u2019');
            count += isWord && !isInside ? 1 : 0;
            isInside = isWord;
        }

        return count;
    }

    private static Evidence? FindIn(string text, Phrase[] phrases)
    {
        var words = WordReader.Read(text).ToArray();
        for (var at = 0; at < words.Length; at++)
        {
            foreach (var phrase in phrases)
            {
                if (!words[at].IsMark && phrase.MatchAt(words, at) is > 0 and var end && end > at)
                {
                    return Evidence.From(text, words[at].Start, words[end - 1].End - words[at].Start);
                }
            }
        }

        return null;
    }

    private static Evidence QuestionIn(string text)
    {
        var end = text.LastIndexOf('?') + 1;
        var start = text.LastIndexOfAny(['.', '!', '?', '\n'], end - 2 < 0 ? 0 : end - 2) + 1;
        while (start < end - 1 && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return Evidence.From(text, start, end - start);
    }

    private static int IndexOfFirst(Transcript transcript, TurnRole role) => IndexesOf(transcript, role).DefaultIfEmpty(-1).First();

    private static IEnumerable<int> IndexesOf(Transcript transcript, TurnRole role) =>
        Enumerable.Range(0, transcript.Turns.Count).Where(index => transcript.Turns[index].Role == role);

    private static QualityCriterion Rated(string name, int points, int max, string reason, int? turn, IReadOnlyList<Evidence> evidence) =>
        new(name, points == max, points, max, reason, turn, evidence);

    private static QualityCriterion NotApplicable(string name, int max, string reason) => new(name, null, 0, max, reason, null, []);
}
