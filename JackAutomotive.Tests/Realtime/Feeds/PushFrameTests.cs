using System.Text;
using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Realtime.Feeds.Redis;

namespace JackAutomotive.Tests.Realtime.Feeds;

/// <summary>Parses what Redis sends on a subscribed connection.</summary>
public sealed class PushFrameTests
{
    [Theory]
    [InlineData("*3\r\n$7\r\nmessage\r\n$3\r\nabc\r\n$5\r\nhello\r\n", "Message", "abc", "hello")]
    [InlineData("*3\r\n$8\r\nsmessage\r\n$3\r\nabc\r\n$0\r\n\r\n", "Message", "abc", "")]
    [InlineData(">3\r\n$7\r\nmessage\r\n$3\r\nabc\r\n$2\r\n\r\n\r\n", "Message", "abc", "\r\n")]
    [InlineData("*3\r\n$9\r\nsubscribe\r\n$3\r\nabc\r\n:1\r\n", "Subscribed", "abc", "")]
    [InlineData("*3\r\n$10\r\nssubscribe\r\n$3\r\nabc\r\n:1\r\n", "Subscribed", "abc", "")]
    [InlineData("*3\r\n$12\r\nsunsubscribe\r\n$3\r\nabc\r\n:0\r\n", "Unsubscribed", "abc", "")]
    [InlineData("*3\r\n$11\r\nunsubscribe\r\n$3\r\nabc\r\n:0\r\n", "Other", "", "")]
    [InlineData("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "Pong", "", "")]
    [InlineData("+PONG\r\n", "Pong", "", "")]
    [InlineData("+OK\r\n", "Other", "", "")]
    [InlineData("-MOVED 1 127.0.0.1:2\r\n", "Error", "", "MOVED 1 127.0.0.1:2")]
    [InlineData("-NOAUTH Authentication required.\r\n", "Error", "", "NOAUTH Authentication required.")]
    [InlineData("*0\r\n", "Other", "", "")]
    [InlineData("*3\r\n$7\r\nmessage\r\n$-1\r\n$-1\r\n", "Message", "", "")]
    public void The_first_word_of_a_frame_determines_its_kind(string received, string kind, string channel, string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(received);

        Assert.Equal(bytes.Length, PushFrame.Read(bytes, out var frame));

        Assert.Equal(kind, frame.Kind.ToString());
        Assert.Equal(channel, Encoding.UTF8.GetString(frame.Channel));
        Assert.Equal(payload, Encoding.UTF8.GetString(frame.Payload));
    }

    // TCP can split the byte stream at any position.
    [Property]
    public void Messages_are_read_unchanged_wherever_TCP_splits_the_bytes(NonEmptyString[] texts, PositiveInt chunkSize)
    {
        var sent = texts.Select(text => text.Get).ToArray();
        var bytes = sent.SelectMany(Message).ToArray();
        var parsed = new List<string>();
        var buffered = new List<byte>();

        foreach (var chunk in bytes.Chunk(chunkSize.Get))
        {
            buffered.AddRange(chunk);
            while (PushFrame.Read([.. buffered], out var frame) is > 0 and var length)
            {
                Assert.Equal(PushKind.Message, frame.Kind);
                parsed.Add(Encoding.UTF8.GetString(frame.Payload));
                buffered.RemoveRange(0, length);
            }
        }

        Assert.Empty(buffered);
        Assert.Equal(sent, parsed);
    }

    private static byte[] Message(string text) =>
        [.. Encoding.UTF8.GetBytes($"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n${Encoding.UTF8.GetByteCount(text)}\r\n"), .. Encoding.UTF8.GetBytes(text), .. "\r\n"u8];
}
