using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Intake.LargeBodies;

namespace JackAutomotive.Tests.Intake.LargeBodies;

public class JsonBase64Tests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("aGk=", "hi")]
    [InlineData("aG\\nk=", "hi")]
    [InlineData("\\u0061Gk\\u003d", "hi")]
    [InlineData("a G\\tk\\r=", "hi")]
    [InlineData("fn5+", "~~~")]
    [InlineData("fn5\\u002b", "~~~")]
    [InlineData("fn5\\u002B", "~~~")]
    [InlineData("Pz8\\/", "???")]
    public async Task JSON_escapes_and_white_space_are_decoded(string text, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(await DecodeAsync(text)));

    [Theory]
    [InlineData("aGk")]
    [InlineData("aGk=aGk=")]
    [InlineData("aGk-")]
    [InlineData("aGk=\\")]
    [InlineData("aGk=\\u00")]
    [InlineData("aGk=\\u00e9")]
    [InlineData("aGk=\\uzzzz")]
    [InlineData("a\\\"k=")]
    [InlineData("é")]
    public async Task Invalid_Base64_or_JSON_text_is_rejected(string text) => await Assert.ThrowsAsync<FormatException>(() => DecodeAsync(text));

    [Fact]
    public async Task Text_shorter_than_its_declared_length_is_rejected() =>
        await Assert.ThrowsAsync<FormatException>(() => DecodeAsync("aGk=", length: 8));

    [Property(MaxTest = 200)]
    public async Task Decoding_returns_the_original_bytes_for_any_escapes_and_any_size_of_reads(byte[] prefix, int seed, PositiveInt step)
    {
        var random = new Random(seed);
        byte[] bytes = [.. prefix, .. RandomNumberGenerator.GetBytes(random.Next(200_000))];
        var text = new StringBuilder();
        foreach (var digit in Convert.ToBase64String(bytes))
        {
            text.Append(random.Next(50) switch
            {
                0 => $"\\u{(int)digit:x4}",
                1 => $"\\n{digit}",
                _ => digit == '/' && random.Next(2) == 0 ? "\\/" : $"{digit}",
            });
        }

        Assert.Equal(bytes, await DecodeAsync(text.ToString(), step: 1000 + step.Get));
    }

    [Fact]
    public async Task Long_text_is_read_and_decoded_in_pieces_of_at_most_64_KiB()
    {
        var text = Encoding.ASCII.GetBytes(Convert.ToBase64String(new byte[5_000_000]));
        await using var source = new SmallReadsStream(text, int.MaxValue);
        var (largest, total) = (0, 0);

        await JsonBase64.DecodeAsync(
            source,
            text.Length,
            piece =>
            {
                (largest, total) = (Math.Max(largest, piece.Length), total + piece.Length);
                return ValueTask.CompletedTask;
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(5_000_000, total);
        Assert.InRange(largest, 1, 64 * 1024);
        Assert.InRange(source.LargestRead, 1, 64 * 1024);
    }

    private static async Task<byte[]> DecodeAsync(string text, int? length = null, int step = int.MaxValue)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        await using var source = new SmallReadsStream([.. bytes, .. length is null ? "\"}"u8.ToArray() : []], step);
        using var decoded = new MemoryStream();
        await JsonBase64.DecodeAsync(
            source, length ?? bytes.Length, piece => decoded.WriteAsync(piece), TestContext.Current.CancellationToken);
        return decoded.ToArray();
    }
}
