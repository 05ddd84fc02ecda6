using JackAutomotive.ProviderSimulator.Twilio;

namespace JackAutomotive.Tests.Simulator;

public sealed class TextSegmentsTests
{
    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("a", 160, 1)]
    [InlineData("a", 161, 2)]
    [InlineData("a", 306, 2)]
    [InlineData("a", 307, 3)]
    [InlineData("€", 80, 1)]
    [InlineData("€", 81, 2)]
    [InlineData("ж", 70, 1)]
    [InlineData("ж", 71, 2)]
    [InlineData("🙂", 35, 1)]
    [InlineData("🙂", 36, 2)]
    public void Segments_are_counted_by_the_rules_of_GSM_7_and_UCS_2(string repeated, int times, int segments) =>
        Assert.Equal(segments, TextSegments.Count(string.Concat(Enumerable.Repeat(repeated, times))));
}
