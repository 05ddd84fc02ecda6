using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Providers;

namespace JackAutomotive.Tests.Providers;

public class JsonBodyTests
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    [Theory]
    [InlineData("""{"a":"\ud83d"}""", "\ufffd")]
    [InlineData("""{"a":"x\ud83dy"}""", "x\ufffdy")]
    [InlineData("""{"a":"\ude00"}""", "\ufffd")]
    [InlineData("""{"a":"\ud83d\ud83d\ude00"}""", "\ufffd😀")]
    [InlineData("""{"a":"\uD83D\uDE00"}""", "😀")]
    [InlineData("""{"a":"\ude00\ud83d"}""", "\ufffd\ufffd")]
    [InlineData("""{"a":"\\ud83d"}""", @"\ud83d")]
    [InlineData("""{"a":"\\\ud83d"}""", "\\\ufffd")]
    [InlineData("""{"a":"\ud83d\n"}""", "\ufffd\n")]
    [InlineData("""{"a":"a\u0000b"}""", "ab")]
    [InlineData("""{"\ud83d":1,"a":"b"}""", "b")]
    public void Half_a_surrogate_pair_becomes_a_replacement_character(string body, string expected)
    {
        using var document = JsonBody.Parse(Encoding.UTF8.GetBytes(body));
        Assert.Equal(expected, ((JsonElement?)document.RootElement).ReadText("a"));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_and_a_byte_order_mark_do_not_matter()
    {
        using var document = JsonBody.Parse((byte[])[.. s_byteOrderMark, .. "{\"a\":\""u8, 0xED, 0xA0, 0xBD, 0xFF, .. "b\"}"u8]);
        Assert.EndsWith("\ufffdb", ((JsonElement?)document.RootElement).ReadText("a"), StringComparison.Ordinal);
    }

    [Property]
    public bool Any_text_is_read_back_with_replacement_characters_for_half_pairs(NonNull<string> text)
    {
        var escaped = string.Concat(text.Get.Select(c => $"\\u{(int)c:x4}"));
        using var document = JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"a":"{{escaped}}"}"""));
        var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get)).Replace("\0", "", StringComparison.Ordinal);
        return ((JsonElement?)document.RootElement).ReadText("a") == expected;
    }

    [Property]
    public bool Arbitrary_bytes_are_parsed_or_are_no_JSON(byte[] body)
    {
        try
        {
            using var document = JsonBody.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return true;
        }
    }

    [Theory]
    [InlineData("1793000000", "2026-10-26T07:33:20Z")]
    [InlineData("\"1793000000\"", "2026-10-26T07:33:20Z")]
    [InlineData("1793000000.5", "2026-10-26T07:33:20.5Z")]
    [InlineData("1793000000000", "2026-10-26T07:33:20Z")]
    [InlineData("1793000000000000", "2026-10-26T07:33:20Z")]
    [InlineData("1793000000000000000", "2026-10-26T07:33:20Z")]
    [InlineData("\"2026-10-26T07:33:20Z\"", "2026-10-26T07:33:20Z")]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("90", null)]
    [InlineData("1e300", null)]
    [InlineData("-1e300", null)]
    [InlineData("253402300799", null)]
    [InlineData("\"9999-12-31T23:59:59Z\"", null)]
    [InlineData("\"0001-01-01T00:00:00Z\"", null)]
    [InlineData("\"yesterday\"", null)]
    [InlineData("null", null)]
    [InlineData("[]", null)]
    public void A_time_is_read_in_any_unit_and_an_impossible_time_is_unknown(string json, string? expected)
    {
        using var document = JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"t":{{json}}}"""));
        var time = ((JsonElement?)document.RootElement).ReadTime("t");
        Assert.Equal(expected is null ? null : DateTimeOffset.Parse(expected), time?.AddTicks(-(time.Value.Ticks % 1000)));
    }

    [Theory]
    [InlineData("90", 90d)]
    [InlineData("90.0", 90d)]
    [InlineData("\"90\"", 90d)]
    [InlineData("0", 0d)]
    [InlineData("-1", null)]
    [InlineData("\"NaN\"", null)]
    [InlineData("1e308", null)]
    [InlineData("1e999", null)]
    [InlineData("true", null)]
    public void A_duration_that_is_negative_or_absurd_is_unknown(string json, double? expected)
    {
        using var document = JsonBody.Parse(Encoding.UTF8.GetBytes($$"""{"d":{{json}}}"""));
        Assert.Equal(expected, ((JsonElement?)document.RootElement).ReadDuration("d"));
    }
}
