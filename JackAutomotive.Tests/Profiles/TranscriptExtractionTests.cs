using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Profiles.Parsing;

namespace JackAutomotive.Tests.Profiles;

public sealed class TranscriptExtractionTests
{
    private static readonly DateTimeOffset s_saidAt = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("name", "Hi, my name is Maria Lopez.", "\"Maria Lopez\"", "Maria Lopez")]
    [InlineData("name", "Hey this is Dave calling about the truck", "\"Dave\"", "Dave")]
    [InlineData("monthlyIncome", "I make about $3,200 a month.", "3200", "about $3,200 a month")]
    [InlineData("monthlyIncome", "I bring home 800 a week", "3466.67", "800 a week")]
    [InlineData("downPayment", "I can put two grand down today", "2000", "two grand")]
    [InlineData("downPayment", "I've got $1,500 down", "1500", "$1,500")]
    [InlineData("monthlyPaymentBudget", "I can only afford around 350 a month", "350", "around 350 a month")]
    [InlineData("monthlyPaymentBudget", "I need to keep it under $400 a month", "400", "under $400 a month")]
    [InlineData("tradeIn", "I want to trade in my 2014 Ford Fusion.", """{"has":true,"text":"2014 Ford Fusion"}""", "2014 Ford Fusion")]
    [InlineData("tradeIn", "I don't have anything to trade in", """{"has":false,"text":null}""", null)]
    [InlineData("vehicleType", "I'm looking for a used pickup truck.", """{"text":"used pickup truck","body":"truck"}""", "used pickup truck")]
    [InlineData("creditScore", "my credit score is around 580", """{"min":570,"max":590}""", "around 580")]
    [InlineData("email", "my email is maria at example dot com", "\"maria@example.com\"", null)]
    public void A_plain_statement_becomes_a_value_with_its_words(string field, string words, string value, string? evidence)
    {
        var statement = Assert.Single(Read(words), statement => statement.Field.Name == field);

        Assert.Equal(value, statement.Parsed.Value!.ToJsonText());
        Assert.Equal(words.Substring(statement.Evidence!.Start, statement.Evidence.Length), statement.Evidence.Text);
        Assert.InRange(statement.Confidence, 0.1, 0.7);
        if (evidence is not null)
        {
            Assert.Equal(evidence, statement.Evidence.Text);
        }
    }

    [Theory]
    [InlineData("This is great, thanks.")]
    [InlineData("This is Ridiculous")]
    [InlineData("My brother makes 5000 a month")]
    [InlineData("If I put two grand down what happens")]
    [InlineData("I can't put two grand down")]
    [InlineData("My friend said his payment is 300 a month")]
    [InlineData("I used to make 4000 a month")]
    [InlineData("Is the blue one still there?")]
    [InlineData("This is Jack from the other dealership")]
    public void Words_that_are_not_plain_become_no_value(string words) => Assert.Empty(Read(words));

    [Theory]
    [InlineData("name", "Who am I speaking with?", "Maria Lopez.", "\"Maria Lopez\"")]
    [InlineData("name", "Can I get your name?", "Yeah it's Maria", "\"Maria\"")]
    [InlineData("monthlyIncome", "What is your monthly income?", "about 3200", "3200")]
    [InlineData("downPayment", "How much money down were you thinking?", "fifteen hundred", "1500")]
    [InlineData("monthlyPaymentBudget", "What budget do you have?", "around 400", "400")]
    public void An_answer_gets_its_meaning_from_the_question(string field, string question, string answer, string value)
    {
        var statements = TranscriptExtraction.Read([new(false, question), new(true, answer)], "conv_1", s_saidAt);

        var statement = Assert.Single(statements);
        Assert.Equal((field, value), (statement.Field.Name, statement.Parsed.Value!.ToJsonText()));
        Assert.Equal(1, statement.Evidence!.Turn);
    }

    [Fact]
    public void An_answer_without_its_question_becomes_no_value() => Assert.Empty(Read("about 3200"));

    [Fact]
    public void Only_the_first_sentence_answers_the_question_and_every_sentence_may_state_a_value()
    {
        var statements = TranscriptExtraction.Read(
            [new(false, "What is your monthly income?"), new(true, "About 3200. I work there since 2019. My email is maria@example.com.")],
            "conv_1", s_saidAt);

        Assert.Equal(
            ["email \"maria@example.com\"", "monthlyIncome 3200"],
            statements.Select(statement => $"{statement.Field.Name} {statement.Parsed.Value!.ToJsonText()}").Order(StringComparer.Ordinal));
        Assert.All(statements, statement => Assert.Contains(statement.Evidence!.Text, "About 3200. My email is maria@example.com."));
    }

    [Fact]
    public void What_the_agent_says_becomes_no_value() =>
        Assert.Empty(TranscriptExtraction.Read([new(false, "My name is Jack. You make $3,200 a month?")], "conv_1", s_saidAt));

    [Fact]
    public void The_last_plain_statement_of_a_conversation_counts()
    {
        var statements = TranscriptExtraction.Read(
            [new(true, "I can put $500 down"), new(true, "No wait, I can put $800 down"), new(true, null)], "conv_1", s_saidAt);

        Assert.Equal(new MoneyValue(800), Assert.Single(statements).Parsed.Value);
    }

    [Fact]
    public void The_extraction_of_a_long_transcript_is_fast_and_survives_every_text()
    {
        var words = string.Concat(Enumerable.Repeat("my email is a a a a a @ i make 5 and a half trade in my a b c d ", 30));
        var turns = Enumerable.Range(0, 3000).Select(i => new SpokenTurn(i % 2 == 0, i % 3 == 0 ? words : "\ud800 $ - ' 😀")).ToList();

        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        TranscriptExtraction.Read(turns, "conv_1", s_saidAt);
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 100);
    }

    [Fact]
    public void A_persons_edit_counts_first_then_the_newest_value_then_the_most_reliable_one()
    {
        var old = Income(ProfileSources.Provider, 1, 0.9, s_saidAt);
        var newer = Income(ProfileSources.Extraction, 2, 0.6, s_saidAt.AddDays(1));
        var newest = Income(ProfileSources.Provider, 3, 0.9, s_saidAt.AddDays(1));
        var unclear = newest with { Parsed = Parsed.Unclear("?"), StatedAt = s_saidAt.AddDays(2) };
        var edit = Income(ProfileSources.Person, 4, 1, s_saidAt.AddDays(-1));

        Assert.Null(ValueChoice.Choose([unclear]));
        Assert.Equal(old, ValueChoice.Choose([unclear, old]));
        Assert.Equal(newer, ValueChoice.Choose([old, newer]));
        Assert.Equal(newest, ValueChoice.Choose([newer, newest, old]));
        Assert.Equal(edit, ValueChoice.Choose([newest, edit, old]));
    }

    [Fact]
    public void Collected_data_keeps_what_it_cannot_understand_with_the_reason_and_ignores_unknown_ids()
    {
        var statements = CollectedData.Read(
            [
                new("monthly_income", "about 38 an hour", "He said so."), new("credit_score", "who cares", null), new("email", null, null),
                new("shoe_size", "44", null), new("trade_in", "  ", null),
            ],
            "conv_1", s_saidAt);

        Assert.Equal(["monthlyIncome", "creditScore"], statements.Select(statement => statement.Field.Name));
        Assert.Equal(("who cares", 0d), (statements[1].Raw, statements[1].Confidence));
        Assert.NotEmpty(statements[1].Parsed.Problem!);
        Assert.True(statements[0].Confidence < 0.9, "An assumption makes the value less reliable.");
    }

    private static IReadOnlyList<StatedValue> Read(string words) => TranscriptExtraction.Read([new(true, words)], "conv_1", s_saidAt);

    private static StatedValue Income(string source, decimal dollars, double confidence, DateTimeOffset at) => new(
        ProfileFields.MonthlyIncome, source, source, "", Parsed.Of(new MoneyValue(dollars)), confidence, null, null, null, at);
}
