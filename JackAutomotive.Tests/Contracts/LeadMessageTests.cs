using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contracts;

namespace JackAutomotive.Tests.Contracts;

/// <summary>The message format, on which both services must agree byte for byte.</summary>
public sealed class LeadMessageTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 23, 12, 0, 0, 123, 456, TimeSpan.Zero);
    private static readonly LeadId s_lead = LeadId.Parse("01890a5d-ac96-774b-bcce-b302099a8057", null);

    [Property]
    public void A_decoded_message_yields_the_encoded_frame_unchanged(PositiveInt seq, string? type, string? text, bool traced)
    {
        var data = JsonSerializer.Serialize(new { text });
        var frame = LeadEventFrame.Encode(Event(seq.Get, EventTypeFrom(type), data));
        var trace = traced ? "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" : null;

        Assert.True(LeadMessage.TryDecode(LeadMessage.Encode(trace, s_time, seq.Get, frame), out var decoded));

        Assert.Equal(seq.Get, decoded.Seq);
        Assert.Equal(trace, decoded.TraceParent);
        Assert.Equal(s_time, decoded.CommittedAt);
        Assert.Equal(frame, decoded.Frame.ToArray());
    }

    [Property]
    public void Decoding_arbitrary_bytes_never_throws(byte[] bytes)
    {
        if (LeadMessage.TryDecode(bytes, out var decoded))
        {
            Assert.True(decoded.Frame.Span.StartsWith(decoded.IsPassing ? "event: "u8 : "id: "u8));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-\n")]
    [InlineData("-\nid: 5\n\n")]
    [InlineData("- \nid: 5\n\n")]
    [InlineData("- 1\nid: 5\n\n")]
    [InlineData("- 1 \nid: 5\n\n")]
    [InlineData("-  5\nid: 5\n\n")]
    [InlineData("- x 5\nid: 5\n\n")]
    [InlineData("- 1x 5\nid: 5\n\n")]
    [InlineData("- -1 5\nid: 5\n\n")]
    [InlineData("- 9223372036854775807 5\nid: 5\n\n")]
    [InlineData("- 1 5\nid: ")]
    [InlineData("- 1 5\nid: 5\n")]
    [InlineData("- 1 x\nid: 5\n\n")]
    [InlineData("- 1 5x\nid: 5\n\n")]
    [InlineData("- 1 -5\nid: 5\n\n")]
    [InlineData("- 1 99999999999999999999\nid: 5\n\n")]
    [InlineData("- 1 0\nid: 5\n\n")]
    [InlineData("- 1 5\nevent: 5\n\n")]
    [InlineData("- 1 0\nevent: 5\n")]
    public void A_truncated_or_malformed_message_is_refused(string text) =>
        Assert.False(LeadMessage.TryDecode(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void A_lead_id_is_read_only_from_a_valid_channel_name()
    {
        Assert.True(LeadMessage.TryParseChannel(Encoding.UTF8.GetBytes(LeadMessage.ChannelName(s_lead)), out var lead));
        Assert.Equal(s_lead, lead);
        Assert.All(
            ["", "lead:", "lead:x", $"lead:{s_lead}x", $"led:{s_lead}", $"{s_lead}"],
            name => Assert.False(LeadMessage.TryParseChannel(Encoding.UTF8.GetBytes(name), out _)));
    }

    [Property]
    public void A_frame_is_three_lines_and_an_empty_line_for_any_data(string? text)
    {
        var frame = Encoding.UTF8.GetString(LeadEventFrame.Encode(Event(7, "sms_received", JsonSerializer.Serialize(new { text }))));

        var lines = frame.Split('\n');
        Assert.Equal(["id: 7", "event: sms_received"], lines[..2]);
        Assert.Equal(["", ""], lines[3..]);
        Assert.DoesNotContain('\r', frame);
        var data = JsonDocument.Parse(lines[2]["data: ".Length..]).RootElement;
        Assert.Equal(s_lead.ToString(), data.GetProperty("leadId").GetString());
        Assert.Equal(7, data.GetProperty("seq").GetInt64());
        Assert.Equal("sms_received", data.GetProperty("type").GetString());
        Assert.Equal("2026-11-23T12:00:00Z", data.GetProperty("occurredAt").GetString());
        Assert.Equal(JsonValueKind.Object, data.GetProperty("data").ValueKind);
    }

    [Property]
    public void A_passing_frame_has_no_id_and_no_seq_and_is_decoded_unchanged(string? text)
    {
        var data = JsonSerializer.Serialize(new { text });
        var frame = LeadEventFrame.EncodePassing(s_lead, "live_transcript", new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), data);

        Assert.True(LeadMessage.TryDecode(LeadMessage.EncodePassing(null, s_time, frame), out var decoded));

        Assert.True(decoded.IsPassing);
        Assert.Equal(frame, decoded.Frame.ToArray());
        var lines = Encoding.UTF8.GetString(frame).Split('\n');
        Assert.Equal("event: live_transcript", lines[0]);
        Assert.Equal(["", ""], lines[2..]);
        var json = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
        Assert.Equal(["leadId", "type", "occurredAt", "data"], json.EnumerateObject().Select(field => field.Name));
    }

    [Fact]
    public void Each_lead_has_its_own_channel() =>
        Assert.Equal("lead:01890a5d-ac96-774b-bcce-b302099a8057", LeadMessage.ChannelName(s_lead));

    private static LeadEvent Event(long seq, string type, string data) => new(
        s_lead, seq, type, new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero), data, null);

    // The product defines the event types. They consist of letters and underscores.
    private static string EventTypeFrom(string? type) => string.Concat((type ?? "").Where(char.IsAsciiLetter).Prepend('t'));
}
