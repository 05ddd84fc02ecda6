using System.Globalization;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Profiles.Parsing;

namespace JackAutomotive.Tests.Profiles;

/// <summary>The parsers understand values as people say and write them.</summary>
public sealed class ParserTests
{
    private static readonly DateOnly s_today = new(2026, 11, 23);

    [Theory]
    [InlineData("$3,200 a month", "3200")]
    [InlineData("3200", "3200")]
    [InlineData("3200.50", "3200.5")]
    [InlineData("3.2k", "3200")]
    [InlineData("3.2 K a month", "3200")]
    [InlineData("about 3 grand a month", "3000")]
    [InlineData("thirty-two hundred a month", "3200")]
    [InlineData("three thousand two hundred dollars", "3200")]
    [InlineData("a couple thousand a month", "2000")]
    [InlineData("two and a half thousand", "2500")]
    [InlineData("between 3 and 4 thousand a month", "3500")]
    [InlineData("3-4k monthly", "3500")]
    [InlineData("$38 an hour", "6586.67")]
    [InlineData("about 38 an hour", "6586.67")]
    [InlineData("38", "6586.67")]
    [InlineData("twenty dollars an hour, 30 hours a week", "2600")]
    [InlineData("$800 a week", "3466.67")]
    [InlineData("1500 every two weeks", "3250")]
    [InlineData("1500 bi-weekly", "3250")]
    [InlineData("$1,600 twice a month", "3200")]
    [InlineData("60k a year", "5000")]
    [InlineData("sixty thousand a year before taxes", "5000")]
    [InlineData("52000", "4333.33")]
    [InlineData("about 4 a month", "4000")]
    [InlineData("3200 plus 500 from my side gig", "3700")]
    [InlineData("nothing right now", "0")]
    public void An_income_becomes_dollars_a_month(string words, string dollars) =>
        Assert.Equal(new MoneyValue(decimal.Parse(dollars, CultureInfo.InvariantCulture)), Amounts.ParseIncome(words).Value);

    [Theory]
    [InlineData("38 an hour", "40 hours a week are assumed, 52 weeks a year.")]
    [InlineData("52000", "The amount is taken for a yearly income. The twelfth part of a yearly amount.")]
    [InlineData("$3,200 a month", null)]
    [InlineData("3 to 4 thousand", "The amount is the middle of $3,000 and $4,000.")]
    public void An_amount_shows_what_was_assumed(string words, string? assumption) =>
        Assert.Equal(assumption, Amounts.ParseIncome(words).Assumption);

    [Theory]
    [InlineData("$350 to $400", "375")]
    [InlineData("under 400", "400")]
    [InlineData("no more than three fifty a month", "350")]
    [InlineData("four hundred bucks", "400")]
    [InlineData("twelve fifty", "1250")]
    [InlineData("$1,250.00", "1250")]
    [InlineData("1250 for the mortgage", "1250")]
    [InlineData("175 every 2 weeks", "379.17")]
    [InlineData("paid off", "0")]
    [InlineData("no rent", "0")]
    [InlineData("300-350", "325")]
    public void A_monthly_payment_is_understood(string words, string dollars) =>
        Assert.Equal(new MoneyValue(decimal.Parse(dollars, CultureInfo.InvariantCulture)), Amounts.ParseMonthly(words).Value);

    [Theory]
    [InlineData("two grand", "2000")]
    [InlineData("2k down", "2000")]
    [InlineData("fifteen hundred", "1500")]
    [InlineData("zero", "0")]
    [InlineData("$500", "500")]
    public void A_down_payment_is_understood(string words, string dollars) =>
        Assert.Equal(new MoneyValue(decimal.Parse(dollars, CultureInfo.InvariantCulture)), Amounts.ParseOnce(words).Value);

    [Theory]
    [InlineData("")]
    [InlineData("it depends")]
    [InlineData("not sure, maybe nothing")]
    [InlineData("-500")]
    [InlineData("minus 200")]
    [InlineData("99999999999999999999999999999999999")]
    [InlineData("i make good money")]
    [InlineData("3 jobs")]
    public void Words_without_a_possible_amount_are_unclear_and_say_why(string words)
    {
        var parsed = Amounts.ParseIncome(words);
        Assert.Null(parsed.Value);
        Assert.NotEmpty(parsed.Problem!);
    }

    [Theory]
    [InlineData("two and a half years", 30)]
    [InlineData("2.5 years", 30)]
    [InlineData("2 1/2 years", 30)]
    [InlineData("2 years and a half", 30)]
    [InlineData("a year and a half", 18)]
    [InlineData("18 months", 18)]
    [InlineData("18 mos", 18)]
    [InlineData("3 yrs 4 months", 40)]
    [InlineData("about a year", 12)]
    [InlineData("half a year", 6)]
    [InlineData("six months", 6)]
    [InlineData("3 weeks", 0)]
    [InlineData("10+ years", 120)]
    [InlineData("going on five years", 60)]
    [InlineData("5", 60)]
    [InlineData("since 2019", 88)]
    [InlineData("since twenty nineteen", 88)]
    [InlineData("since March 2021", 68)]
    [InlineData("since march", 8)]
    [InlineData("since last year", 12)]
    [InlineData("started there in '22", 52)]
    [InlineData("just started", 0)]
    [InlineData("a couple of months", 2)]
    public void A_length_of_time_becomes_whole_months(string words, int months) =>
        Assert.Equal(new DurationValue(months), Durations.Parse(words, s_today).Value);

    [Theory]
    [InlineData("a while")]
    [InlineData("")]
    [InlineData("900 years")]
    [InlineData("since 2031")]
    public void Words_without_a_possible_length_of_time_are_unclear(string words) => Assert.Null(Durations.Parse(words, s_today).Value);

    [Theory]
    [InlineData("May 4th 1988")]
    [InlineData("May 4, 1988")]
    [InlineData("4 May 1988")]
    [InlineData("the fourth of May, nineteen eighty-eight")]
    [InlineData("may fourth nineteen eighty eight")]
    [InlineData("May 4th '88")]
    [InlineData("05/04/88")]
    [InlineData("5/4/1988")]
    [InlineData("05-04-1988")]
    [InlineData("1988-05-04")]
    [InlineData("1988-05-04T00:00:00Z")]
    [InlineData("05041988")]
    public void A_date_of_birth_is_understood_in_every_spelling(string words) =>
        Assert.Equal(new DateValue(new DateOnly(1988, 5, 4)), BirthDates.Parse(words, s_today).Value);

    [Theory]
    [InlineData("25/12/1988", "1988-12-25")]
    [InlineData("December twenty first 1990", "1990-12-21")]
    [InlineData("6/1/05", "2005-06-01")]
    [InlineData("6/1/40", "1940-06-01")]
    [InlineData("Feb 29 1988", "1988-02-29")]
    public void A_date_of_birth_gives_a_possible_age(string words, string date) =>
        Assert.Equal($"\"{date}\"", BirthDates.Parse(words, s_today).Value?.ToJsonText());

    [Theory]
    [InlineData("Feb 30 1988")]
    [InlineData("13/13/1988")]
    [InlineData("May 4th")]
    [InlineData("38 years old")]
    [InlineData("05/04/2024")]
    [InlineData("01/01/1800")]
    [InlineData("")]
    public void A_date_that_cannot_be_a_date_of_birth_is_unclear(string words) => Assert.Null(BirthDates.Parse(words, s_today).Value);

    [Theory]
    [InlineData("620", 620, 620)]
    [InlineData("around 620", 610, 630)]
    [InlineData("620ish", 610, 630)]
    [InlineData("six twenty", 620, 620)]
    [InlineData("five eighty five", 585, 585)]
    [InlineData("high five hundreds", 570, 599)]
    [InlineData("in the high 500s", 570, 599)]
    [InlineData("low 600s", 600, 639)]
    [InlineData("mid six hundreds", 640, 669)]
    [InlineData("mid to high 600s", 640, 699)]
    [InlineData("580 to 600", 580, 600)]
    [InlineData("between 580 and 620", 580, 620)]
    [InlineData("over 700", 700, 850)]
    [InlineData("under 550", 300, 549)]
    [InlineData("700 or better", 700, 850)]
    [InlineData("excellent", 800, 850)]
    [InlineData("pretty good", 670, 739)]
    [InlineData("not so good", 300, 669)]
    [InlineData("terrible, I had a repo", 300, 579)]
    public void A_credit_score_becomes_a_range(string words, int min, int max) =>
        Assert.Equal(new CreditScoreValue(min, max), CreditScores.Parse(words).Value);

    [Theory]
    [InlineData("no credit at all")]
    [InlineData("don't know")]
    [InlineData("1200")]
    [InlineData("250")]
    [InlineData("")]
    public void Words_without_a_possible_credit_score_are_unclear(string words) => Assert.Null(CreditScores.Parse(words).Value);

    [Theory]
    [InlineData("renting", "rents")]
    [InlineData("I rent an apartment", "rents")]
    [InlineData("own", "owns")]
    [InlineData("I don't own, I rent", "rents")]
    [InlineData("we own our home, still paying the mortgage", "owns")]
    [InlineData("with my parents", "lives_with_family")]
    [InlineData("staying at my mom's", "lives_with_family")]
    [InlineData("with my parents, I pay them rent", "lives_with_family")]
    [InlineData("lives_with_family", "lives_with_family")]
    [InlineData("with two roommates", "rents")]
    public void A_housing_situation_is_understood(string words, string choice) =>
        Assert.Equal(new ChoiceValue(choice), Choices.HousingSituation.Parse(words).Value);

    [Theory]
    [InlineData("married", "married")]
    [InlineData("not married", "single")]
    [InlineData("never been married", "single")]
    [InlineData("recently divorced", "divorced")]
    [InlineData("I'm a widow", "widowed")]
    [InlineData("single with two kids", "single")]
    [InlineData("my wife works too", "married")]
    [InlineData("separated", "separated")]
    public void A_marital_status_is_understood(string words, string choice) =>
        Assert.Equal(new ChoiceValue(choice), Choices.MaritalStatus.Parse(words).Value);

    [Theory]
    [InlineData("full time", "full_time")]
    [InlineData("Full-time", "full_time")]
    [InlineData("full time and I drive for uber part time", "full_time")]
    [InlineData("part-time", "part_time")]
    [InlineData("I have my own business", "self_employed")]
    [InlineData("retired", "retired")]
    [InlineData("not working right now", "unemployed")]
    [InlineData("between jobs", "unemployed")]
    [InlineData("on disability", "disabled")]
    public void An_employment_status_is_understood(string words, string choice) =>
        Assert.Equal(new ChoiceValue(choice), Choices.EmploymentStatus.Parse(words).Value);

    [Theory]
    [InlineData("maria@example.com", "maria@example.com")]
    [InlineData(" Maria.Lopez+cars@Example.co.uk. ", "maria.lopez+cars@example.co.uk")]
    [InlineData("maria dot lopez at example dot com", "maria.lopez@example.com")]
    [InlineData("maria underscore lopez at gmail dot com", "maria_lopez@gmail.com")]
    [InlineData("it's maria@example.com", "maria@example.com")]
    public void An_email_address_is_understood_as_it_is_said(string words, string address) =>
        Assert.Equal(new TextValue(address), PlainTexts.ParseEmail(words).Value);

    [Theory]
    [InlineData("none")]
    [InlineData("maria@")]
    [InlineData("@example.com")]
    [InlineData("maria at example")]
    public void Words_that_are_no_email_address_are_unclear(string words) => Assert.Null(PlainTexts.ParseEmail(words).Value);

    [Theory]
    [InlineData("maria lopez", "Maria Lopez")]
    [InlineData("MARIA LOPEZ", "Maria Lopez")]
    [InlineData("My name is Ian McKay", "Ian McKay")]
    [InlineData("  José   Núñez ", "José Núñez")]
    public void A_name_is_cleaned(string words, string name) => Assert.Equal(new TextValue(name), PlainTexts.ParseName(words).Value);

    [Theory]
    [InlineData("unknown")]
    [InlineData("N/A")]
    [InlineData("not provided")]
    [InlineData("+12025550115")]
    [InlineData("maria@example.com")]
    [InlineData("\0")]
    public void Words_that_stand_for_no_name_are_unclear(string words) => Assert.Null(PlainTexts.ParseName(words).Value);

    [Theory]
    [InlineData("a used pickup", "truck")]
    [InlineData("2021 Honda CR-V", "suv")]
    [InlineData("something like a Camry", "sedan")]
    [InlineData("minivan", "van")]
    [InlineData("anything that runs", null)]
    public void A_wanted_vehicle_has_the_body_style_of_its_model(string words, string? body) =>
        Assert.Equal(new VehicleValue(words, body), Vehicles.ParseWanted(words).Value);

    [Theory]
    [InlineData("no", false, null)]
    [InlineData("No trade", false, null)]
    [InlineData("none", false, null)]
    [InlineData("false", false, null)]
    [InlineData("yes", true, null)]
    [InlineData("yes, a 2014 Ford Fusion", true, "a 2014 Ford Fusion")]
    [InlineData("2014 Ford Fusion", true, "2014 Ford Fusion")]
    [InlineData("Nova", true, "Nova")]
    public void A_trade_in_is_there_or_not(string words, bool has, string? text) =>
        Assert.Equal(new TradeInValue(has, text), Vehicles.ParseTradeIn(words).Value);

    [Fact]
    public void Every_parser_survives_every_text()
    {
        var random = new Random(7);
        string[] pieces =
        [
            "$", "-", "/", "k", "and", "half", "a", "hundred", "5", "1988", "'", ",", ".", "😀", "\ud800", "\0", "since", "may", "\n", "  ", "0",
        ];
        for (var i = 0; i < 3000; i++)
        {
            var words = Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]);
            var text = string.Join(random.Next(2) == 0 ? " " : "", words);
            foreach (var field in ProfileFields.All)
            {
                var parsed = field.Parse(text, s_today);
                Assert.True((parsed.Value is null) != (parsed.Problem is null));
            }
        }

        Assert.All(ProfileFields.All, field => Assert.Null(field.Parse(new string('7', 100_000), s_today).Value));
    }

    [Theory]
    [InlineData("monthly_income", "monthlyIncome")]
    [InlineData("Monthly Income", "monthlyIncome")]
    [InlineData("monthlyIncome", "monthlyIncome")]
    [InlineData("DOB", "dateOfBirth")]
    [InlineData("trade-in", "tradeIn")]
    [InlineData("shoe_size", null)]
    public void A_provider_may_spell_the_id_of_a_field_in_any_usual_way(string id, string? field) =>
        Assert.Equal(field, ProfileFields.FindByProviderId(id)?.Name);
}
