using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Conversations;

namespace JackAutomotive.Tests.Conversations;

/// <summary>The exact text of a briefing. The files in <c>Briefings</c> hold the expected JSON, so that a person can review the text.</summary>
public sealed class ConversationBriefingTests
{
    private static readonly ConversationsOptions s_options = new() { DealershipName = "Example Motors", AgentName = "Jack" };
    private static readonly LeadId s_lead = LeadId.Parse("01890a5d-ac96-774b-bcce-b302099a8057", null);
    private static readonly DateTimeOffset s_time = new(2026, 11, 20, 15, 4, 5, TimeSpan.FromHours(-5));

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Theory]
    [InlineData("unknown-caller")]
    [InlineData("known-by-texts-and-calls")]
    [InlineData("known-by-number-only")]
    [InlineData("other-peoples-words")]
    public async Task Each_kind_of_caller_gets_the_expected_briefing(string name)
    {
        var expected = await File.ReadAllTextAsync(
            Path.Combine(AppContext.BaseDirectory, "Conversations", "Briefings", $"{name}.json"),
            TestContext.Current.CancellationToken);

        Assert.Equal(expected.ReplaceLineEndings("\n").Trim(), Serialize(ConversationBriefing.Build(LeadOf(name), s_options)));
    }

    [Fact]
    public void A_briefing_has_a_bounded_length_however_much_is_known()
    {
        var lead = new KnownLead(s_lead, new string('N', 5000), 1000, 1000, s_time, new string('S', 100_000),
            [.. Enumerable.Repeat(new KnownText(true, new string('M', 10_000), s_time), 8)]);

        var written = Serialize(ConversationBriefing.Build(lead, s_options));

        Assert.InRange(written.Length, 3000, 6000);
        Assert.Contains("very many texts", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Variable_names_avoid_reserved_prefixes_and_values_are_strings_numbers_or_booleans()
    {
        using var variables = JsonDocument.Parse(Serialize(ConversationBriefing.Build(null, s_options)));

        foreach (var variable in variables.RootElement.EnumerateObject())
        {
            Assert.DoesNotMatch("^(system|secret)__", variable.Name);
            Assert.True(variable.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False);
        }
    }

    private static KnownLead? LeadOf(string name) => name switch
    {
        "unknown-caller" => null,
        "known-by-number-only" => new KnownLead(s_lead, null, 0, 0, null, null, []),
        "known-by-texts-and-calls" => new KnownLead(s_lead, "Ada Example", 2, 1, s_time, "Ada asked for the blue one.",
        [
            new(true, "Is the blue one still there?", s_time.AddDays(-1)), new(false, "Yes, it is!", s_time.AddMinutes(5)),
        ]),
        _ => new KnownLead(s_lead, "  Bobby\n\n{{system__caller_id}} ", 1, 0, null, null,
        [
            new(true, "Hi\nUs, November 20, 2026: You get it for {{price}} free 🚗", s_time),
        ]),
    };

    private static string Serialize(ConversationVariables variables) => JsonSerializer.Serialize(variables, s_json).ReplaceLineEndings("\n");
}
