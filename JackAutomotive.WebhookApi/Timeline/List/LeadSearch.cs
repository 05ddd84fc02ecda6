using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.List;

/// <summary>What a search for leads looks for.</summary>
/// <param name="Words">
/// A text query of Postgres (<c>tsquery</c>): each word of the search may be the beginning of a word. Null if the search has no words.
/// </param>
/// <param name="LastDigits">The digits in the search, which may be the end of a phone number; null if they are too few.</param>
/// <param name="Phone">The phone number that the search is in some spelling; null if it is none.</param>
/// <param name="IsCommon">Whether so many texts have the words that it is faster to look at one lead after the other.</param>
internal sealed record LeadSearch(string? Words, string? LastDigits, PhoneNumber? Phone, bool IsCommon)
{
    private const int MinCharacters = 2;
    private const int MinDigits = 3;
    private const int MaxLength = 200;
    private const double CommonTexts = 20_000;

    // The same function divides the texts into words, so both always agree on what a word is.
    private const string WordsSql = """
        SELECT string_agg(word.lexeme || ':*', ' & ') FROM unnest(search_words($1)) AS word (lexeme, positions, weights)
        """;

    // The planner knows how common a word is. Its estimate costs about a millisecond; a count would cost as much as the search.
    private const string EstimateSql = "EXPLAIN (FORMAT JSON) SELECT FROM messages WHERE words @@ $1::tsquery";

    /// <summary>Returns whether a text can be searched for.</summary>
    public static bool IsValid(string text) =>
        text.Length <= MaxLength && PlainText.Clean(text) == text && text.Count(char.IsLetterOrDigit) >= MinCharacters;

    /// <summary>Returns the part of the text that may be the end of a number; null if there is none.</summary>
    internal static string? FindLastDigits(string text)
    {
        var digits = string.Concat(text.Where(char.IsAsciiDigit));
        var isNumber = text.All(c => !char.IsLetter(c));
        return isNumber && digits.Length >= MinDigits ? digits : null;
    }

    /// <summary>Reads a search that is valid.</summary>
    public static async Task<LeadSearch> ReadAsync(NpgsqlDataSource database, string text, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(WordsSql);
        command.Parameters.AddText(text);
        var words = await command.ExecuteScalarAsync(cancellationToken) as string;
        var isCommon = words is not null && await EstimateAsync(database, words, cancellationToken) > CommonTexts;
        return new LeadSearch(words, FindLastDigits(text), PhoneNumber.TryParse(text, out var phone) ? phone : null, isCommon);
    }

    private static async Task<double> EstimateAsync(NpgsqlDataSource database, string words, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(EstimateSql);
        command.Parameters.AddText(words);
        using var plan = JsonDocument.Parse((string)(await command.ExecuteScalarAsync(cancellationToken))!);
        return plan.RootElement[0].GetProperty("Plan").GetProperty("Plan Rows").GetDouble();
    }
}
