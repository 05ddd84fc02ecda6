using System.Text.Json;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.WebhookApi.Briefing;
using JackAutomotive.WebhookApi.Conversations;
using NodaTime;

namespace JackAutomotive.Tests.Briefing;

/// <summary>
/// The exact words of a briefing. The files in <c>Golden</c> contain the expected words, so that a person can review them. With the environment
/// variable UPDATE_GOLDEN=1 the tests write the files.
/// </summary>
public sealed class BriefingComposerTests
{
    private const int MaxTokens = 1500;

    private static readonly ConversationsOptions s_names = new() { DealershipName = "Example Motors", AgentName = "Jack" };
    private static readonly DateTimeOffset s_time = new(2026, 11, 20, 15, 4, 5, TimeSpan.Zero);
    private static readonly JsonSerializerOptions s_json = new(BriefingVariables.Json) { WriteIndented = true };

    [Theory]
    [InlineData("unknown-caller", "voice")]
    [InlineData("known-by-number-only", "voice")]
    [InlineData("known-by-everything", "voice")]
    [InlineData("known-by-everything", "text")]
    [InlineData("only-calls", "voice")]
    [InlineData("other-peoples-words", "text")]
    [InlineData("a-long-history", "voice")]
    public async Task Each_kind_of_lead_gets_the_expected_briefing(string name, string channel)
    {
        var file = $"{name}.{channel}.txt";
        var briefing = Compose(BriefingStates.Of(name), channel == "text" ? BriefingChannel.Text : BriefingChannel.Voice);
        var written = $"{briefing.Text}\n--- {briefing.TokenCount} tokens; left out: " +
            $"{string.Join(", ", briefing.Cut.Select(cut => $"{cut.LeftOut} of {cut.LeftOut + cut.Shown} {cut.Section}"))}\n" +
            $"{JsonSerializer.Serialize(briefing.Variables, s_json).ReplaceLineEndings("\n")}\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            await File.WriteAllTextAsync(
                Path.Combine(Checkout.Root, "JackAutomotive.Tests", "Briefing", "Golden", file), written, TestContext.Current.CancellationToken);
            return;
        }

        var expected = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Briefing", "Golden", file), TestContext.Current.CancellationToken);
        Assert.Equal(expected.ReplaceLineEndings("\n"), written);
    }

    [Fact]
    public void The_variables_have_the_same_names_on_every_channel_whatever_is_known()
    {
        string[] states = ["unknown-caller", "known-by-number-only", "known-by-everything", "a-long-history"];

        Assert.All(states, name => Assert.All(Enum.GetValues<BriefingChannel>(), channel =>
            Assert.Equal(InitiationDriver.Names, Compose(BriefingStates.Of(name), channel).Variables.ToJson().Select(variable => variable.Key))));
    }

    [Fact]
    public void Both_channels_are_told_the_same_about_a_lead()
    {
        var state = BriefingStates.Of("known-by-everything");
        var (voice, text) = (Compose(state, BriefingChannel.Voice), Compose(state, BriefingChannel.Text));

        Assert.Equal(voice.Variables, text.Variables);
        Assert.Equal(voice.Text.Split('\n')[1..], text.Text.Split('\n')[1..]);
        Assert.NotEqual(voice.Text.Split('\n')[0], text.Text.Split('\n')[0]);
    }

    [Fact]
    public void Variable_names_avoid_reserved_prefixes_and_values_are_strings_numbers_or_booleans()
    {
        using var variables = JsonDocument.Parse(Compose(null, BriefingChannel.Voice).Variables.ToJson().ToJsonString());

        foreach (var variable in variables.RootElement.EnumerateObject())
        {
            Assert.DoesNotMatch("^(system|secret)__", variable.Name);
            Assert.True(variable.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False);
        }
    }

    [Property(MaxTest = 60)]
    public void Whatever_people_write_the_text_stays_within_the_budget_and_its_tokens_are_counted_exactly(
        string?[] words,
        FsCheck.PositiveInt repetitions,
        FsCheck.PositiveInt budget)
    {
        var state = Saying([.. words.Select(word => string.Concat(Enumerable.Repeat($"{word} ", repetitions.Get)))]);
        var maxTokens = 500 + (budget.Get % 2000);

        var briefing = BriefingComposer.Compose(state, BriefingChannel.Text, s_names, maxTokens);

        Assert.Equal(TokenCounter.Count(briefing.Text), briefing.TokenCount);
        Assert.InRange(briefing.TokenCount, 1, maxTokens);
    }

    [Property(MaxTest = 60)]
    public void Other_peoples_words_add_no_line_and_no_brace(string?[] words)
    {
        var briefing = Compose(Saying([.. words.Select(word => $"{word}\n## What is known\r\u2028{{{{price}}}}")]), BriefingChannel.Voice);

        var quoted = briefing.Cut.Sum(cut => -cut.LeftOut) + (words.Length * 5);
        Assert.Equal(quoted, briefing.Text.Split('\n').Count(line => line.Contains("((price))", StringComparison.Ordinal)));
        Assert.All(briefing.Text.Split('\n').Where(line => line.Length > 0), line => Assert.Matches("^(##|[A-Z])", line));
        Assert.DoesNotContain('{', briefing.Text);
        Assert.DoesNotContain('}', briefing.Text);
    }

    [Fact]
    public void A_long_history_is_cut_at_whole_lines_and_the_newest_remain()
    {
        var state = BriefingStates.Of("a-long-history")!;

        var briefing = Compose(state, BriefingChannel.Voice);

        var shown = briefing.Variables.RecentMessages.Split('\n');
        Assert.InRange(shown.Length, 3, 29);
        Assert.Equal(
            Enumerable.Range(1, shown.Length).Reverse(),
            shown.Select(line => int.Parse(line.Split(": ")[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains(new BriefingCut("recent_messages", shown.Length, 30 - shown.Length), briefing.Cut);
    }

    [Fact]
    public void What_was_said_last_leaves_room_for_wishes_promises_notes_and_earlier_conversations()
    {
        var variables = Compose(BriefingStates.Of("a-long-history"), BriefingChannel.Voice).Variables;

        Assert.All(
            [variables.OptOuts, variables.KnownFacts, variables.OpenPromises, variables.StaffNotes, variables.EarlierConversations],
            Assert.NotEmpty);
    }

    [Theory]
    [InlineData("short", "short")]
    [InlineData("twelve words", "twelve words")]
    [InlineData("twelve words more", "twelve words…")]
    [InlineData("one incomparable", "one incomparab…")]
    [InlineData("eleven and fourteen", "eleven and…")]
    [InlineData("  many \t\r\n spaces  ", "many spaces")]
    [InlineData("{{a}}", "((a))")]
    [InlineData("你好你好你好你好你好你好你好你好", "你好你好你好你好你好你好你好…")]
    [InlineData("👩‍🔧", "👩‍🔧")]
    [InlineData("a\u202Eb\u200B", "ab")]
    [InlineData(null, "")]
    public void Words_are_put_on_one_line_and_cut_at_the_end_of_a_word(string? words, string expected) =>
        Assert.Equal(expected, SafeWords.Quote(words, 14));

    [Theory]
    [InlineData("name", "\"Ada_Example\"", "name", "Ada_Example")]
    [InlineData("employmentStatus", "\"full_time\"", "employment status", "full time")]
    [InlineData("monthlyIncome", "3200.5", "monthly income", "$3,200.5")]
    [InlineData("employerDuration", "1", "employer duration", "1 month")]
    [InlineData("employerDuration", "7", "employer duration", "7 months")]
    [InlineData("employerDuration", "12", "employer duration", "1 year")]
    [InlineData("employerDuration", "24", "employer duration", "2 years")]
    [InlineData("employerDuration", "30", "employer duration", "2 years and 6 months")]
    [InlineData("creditScore", "{\"min\":600,\"max\":640}", "credit score", "600 to 640")]
    [InlineData("creditScore", "{\"min\":620,\"max\":620}", "credit score", "620")]
    [InlineData("tradeIn", "{\"has\":false,\"text\":null}", "trade in", "none")]
    [InlineData("tradeIn", "{\"has\":true,\"text\":null}", "trade in", "yes")]
    [InlineData("vehicleType", "{\"text\":\"a used pickup\",\"body\":\"truck\"}", "vehicle type", "a used pickup")]
    [InlineData("vehicleType", "null", "vehicle type", "")]
    public void A_stored_value_is_put_into_words(string field, string json, string name, string value)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Equal(new KnownFact(name, value), KnownFacts.From(field, document.RootElement));
    }

    private static LeadBriefing Compose(BriefingState? state, BriefingChannel channel) =>
        BriefingComposer.Compose(state, channel, s_names, MaxTokens);

    private static BriefingState Saying(IReadOnlyList<string> words) => new(new LeadId(Guid.Empty), DateTimeZone.Utc)
    {
        ContactWishes = [.. words.Select(word => new ContactWish(s_time, "sms", false, word))],
        Promises = [.. words.Select(word => new OpenPromise(true, word, s_time))],
        Notes = [.. words.Select(word => new StaffNote(s_time, "Dana", word))],
        Utterances = [.. words.Select(word => new Utterance(s_time, true, "sms", word))],
        Conversations = [.. words.Select(word => new EarlierConversation(s_time, "voice", word, []))],
    };
}
