using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Messaging.LargeBodies;

namespace JackAutomotive.Tests.Messaging.LargeBodies;

public class EnvelopeWriterTests
{
    private const int MaxString = 20;

    [Fact]
    public void A_long_string_is_cut_out_and_the_marker_says_where_it_was()
    {
        var (envelope, hasCuts) = Write("""{"id":"a","audio":"0123456789012345678\"\\","z":[1,"b"]}""", 7);

        Assert.True(hasCuts);
        Assert.Equal("""{"id":"a","audio":"jack-cut:19+23","z":[1,"b"]}""", envelope);
    }

    [Theory]
    [InlineData("01234567890123456789", false)]
    [InlineData("012345678901234567890", true)]
    public void A_string_of_exactly_the_limit_stays(string text, bool isCut)
    {
        var (envelope, hasCuts) = Write($"[\"{text}\"]", 3);

        Assert.Equal(isCut, hasCuts);
        Assert.Equal(isCut ? "[\"jack-cut:2+21\"]" : $"[\"{text}\"]", envelope);
    }

    [Theory]
    [InlineData("[\"0123456789012345678901234567890")]
    [InlineData("[\"0123456789012345678901234567890\\\"")]
    [InlineData("{\"a\":")]
    [InlineData("")]
    public void What_breaks_off_is_no_JSON_afterwards_either(string body) =>
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(Write(body, 4).Envelope));

    [Fact]
    public void An_envelope_that_gets_too_long_is_given_up()
    {
        var writer = new EnvelopeWriter(MaxString, maxEnvelope: 100);

        Assert.True(writer.Append(new byte[100]));
        Assert.False(writer.Append(new byte[1]));
    }

    [Fact]
    public void However_long_a_string_is_no_more_of_it_is_held_than_may_stay()
    {
        var writer = new EnvelopeWriter(maxString: 1000, maxEnvelope: 2000);
        var piece = Encoding.ASCII.GetBytes(new string('a', 900));
        writer.Append("{\"a\":\""u8);
        for (var i = 0; i < 100_000; i++)
        {
            Assert.True(writer.Append(piece));
        }

        writer.Append("\"}"u8);
        Assert.Equal("{\"a\":\"jack-cut:6+90000000\"}", Encoding.ASCII.GetString(writer.Written.Span));
    }

    [Property(MaxTest = 500)]
    public void Putting_the_cut_strings_back_gives_the_body_again_however_it_comes_in(string?[] texts, PositiveInt piece)
    {
        var body = JsonSerializer.Serialize(texts.SelectMany(text => new[] { text, text + text + text }));

        var (envelope, hasCuts) = Write(body, piece.Get);

        var raw = Encoding.UTF8.GetBytes(body);
        using var document = JsonDocument.Parse(envelope);
        var restored = envelope;
        foreach (var item in document.RootElement.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Reverse())
        {
            if (CutString.TryParse(item.GetString(), out var cut))
            {
                Assert.InRange(cut.Length, MaxString + 1, long.MaxValue);
                restored = restored.Replace(
                    $"\"{cut}\"", $"\"{Encoding.UTF8.GetString(raw, (int)cut.Offset, (int)cut.Length)}\"", StringComparison.Ordinal);
            }
        }

        Assert.Equal(body, restored);
        Assert.Equal(body != envelope, hasCuts);
    }

    [Theory]
    [InlineData("jack-cut:1+2", true)]
    [InlineData("jack-cut:-1+2", false)]
    [InlineData("jack-cut:1", false)]
    [InlineData("jack-cut:1+2+3", false)]
    [InlineData("SUQz", false)]
    [InlineData(null, false)]
    public void Only_a_marker_is_read_as_one(string? text, bool isMarker) => Assert.Equal(isMarker, CutString.TryParse(text, out _));

    private static (string Envelope, bool HasCuts) Write(string body, int pieceLength)
    {
        var writer = new EnvelopeWriter(MaxString, maxEnvelope: 100_000);
        foreach (var piece in Encoding.UTF8.GetBytes(body).Chunk(pieceLength))
        {
            Assert.True(writer.Append(piece));
        }

        return (Encoding.UTF8.GetString(writer.Written.Span), writer.HasCuts);
    }
}
