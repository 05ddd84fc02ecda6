using JackAutomotive.Analysis.Phrases;
using JackAutomotive.Analysis.Times;
using NodaTime;
using NodaTime.Text;

namespace JackAutomotive.Tests.Analysis;

/// <summary>Which times words name. Every sentence is said on Wednesday, 4 March 2026, at 10:30.</summary>
public sealed class TimeReaderTests
{
    private static readonly LocalDateTime s_saidAt = new(2026, 3, 4, 10, 30);

    [Theory]
    [InlineData("call me tomorrow", "2026-03-05T12:00")]
    [InlineData("tomorrow morning", "2026-03-05T09:00")]
    [InlineData("tmrw afternoon works", "2026-03-05T14:30")]
    [InlineData("tonight", "2026-03-04T18:00")]
    [InlineData("this afternoon", "2026-03-04T14:30")]
    [InlineData("by end of day", "2026-03-04T20:00")]
    [InlineData("first thing Monday", "2026-03-09T09:00")]
    [InlineData("first thing in the morning", "2026-03-05T09:00")]
    [InlineData("Tuesday after five", "2026-03-10T17:00")]
    [InlineData("Friday at 4", "2026-03-06T16:00")]
    [InlineData("saturday at ten thirty", "2026-03-07T10:30")]
    [InlineData("half past ten on Saturday", "2026-03-07T10:30")]
    [InlineData("quarter to six", "2026-03-04T17:45")]
    [InlineData("Monday around noonish", "2026-03-09T12:00")]
    [InlineData("next Friday", "2026-03-13T12:00")]
    [InlineData("next week", "2026-03-11T12:00")]
    [InlineData("Tuesday of next week", "2026-03-10T12:00")]
    [InlineData("this weekend", "2026-03-08T00:00")]
    [InlineData("day after tomorrow", "2026-03-06T12:00")]
    [InlineData("end of the month", "2026-03-31T12:00")]
    [InlineData("after the 15th", "2026-03-16T09:00")]
    [InlineData("on the 2nd", "2026-04-02T12:00")]
    [InlineData("March 20th at 2:15 pm", "2026-03-20T14:15")]
    [InlineData("in an hour", "2026-03-04T11:30")]
    [InlineData("in an hour and a half", "2026-03-04T12:00")]
    [InlineData("in about forty five minutes", "2026-03-04T11:15")]
    [InlineData("in a couple of hours", "2026-03-04T12:30")]
    [InlineData("in two weeks", "2026-03-18T12:00")]
    [InlineData("8pm", "2026-03-04T20:00")]
    [InlineData("at 9", "2026-03-05T09:00")]
    [InlineData("mañana a las 3", "2026-03-05T15:00")]
    [InlineData("el sábado a las diez y media", "2026-03-07T10:30")]
    [InlineData("mañana en la mañana", "2026-03-05T09:00")]
    [InlineData("esta noche", "2026-03-04T18:00")]
    public void A_time_is_resolved_from_the_moment_when_it_was_said(string text, string due) =>
        Assert.Equal(LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm").Parse(due).Value, Assert.Single(Find(text)).Due);

    [Theory]
    [InlineData("my first car had two owners")]
    [InlineData("it has 60 thousand miles and four doors")]
    [InlineData("about 400 a month for 72 months")]
    [InlineData("good morning, how are you")]
    [InlineData("the 2nd payment was late")]
    [InlineData("I may do that")]
    [InlineData("soon, when I get a chance")]
    public void Counts_prices_and_greetings_are_no_times(string text) => Assert.Empty(Find(text));

    private static List<TimeExpression> Find(string text) => TimeReader.Find(WordReader.Read(text).ToArray(), s_saidAt);
}
