using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.Tests.Intake.LargeBodies;

public class EnvelopeWriterTests
{
    private const int MaxString = 20;

    [Fact]
    public void A_long_string_is_replaced_by_a_marker_with_its_offset_and_length()
    {
        var (envelope, hasCuts) = Write("""{"id":"a","audio":"0123456789012345678\"\\","z":[1,"b"]}""", 7);

        Assert.True(hasCuts);
        Assert.Equal("""{"id":"a","audio":"jack-cut:19+23","z":[1,"b"]}""", envelope);
    }

    [Theory]
    [InlineData("01234567890123456789", false)]
    [InlineData("012345678901234567890", true)]
    public void A_string_is_cut_only_if_it_is_longer_than_the_limit(string text, bool isCut)
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
    public void An_incomplete_body_yields_an_envelope_that_is_not_JSON(string body) =>
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(Write(body, 4).Envelope));

    [Fact]
    public void An_append_beyond_the_envelope_limit_fails()
    {
        var writer = new EnvelopeWriter(MaxString, maxEnvelope: 100);

        Assert.True(writer.Append(new byte[100]));
        Assert.False(writer.Append(new byte[1]));
    }

    [Fact]
    public void A_string_of_90_MB_is_cut_within_an_envelope_limit_of_2000_bytes()
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
    public void Restoring_the_cut_strings_yields_the_body_for_any_size_of_pieces(string?[] texts, PositiveInt piece)
    {
        var body = JsonSerializer.Serialize(texts.SelectMany(text => new[] { text, text + text + text }));

        var (envelope, hasCuts) = Write(body, piece.Get);

        var raw = Encoding.UTF8.GetBytes(body);
        using var document = JsonDocument.Parse(envelope);
        var restored = envelope;
        foreach (var item in document.RootElement.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Reverse())
        {
            if (CutStringMarker.TryParse(item.GetString(), out var cut))
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
    public void Only_a_valid_marker_is_parsed(string? text, bool isMarker) => Assert.Equal(isMarker, CutStringMarker.TryParse(text, out _));

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
