extern alias realtime;

using System.Text;
using FsCheck;
using FsCheck.Xunit;
using realtime::JackAutomotive.Realtime.Redis;

namespace JackAutomotive.Tests.Realtime.Redis;

/// <summary>What Redis sends on a connection that is subscribed.</summary>
public sealed class PushFrameTests
{
    [Theory]
    [InlineData("*3\r\n$7\r\nmessage\r\n$3\r\nabc\r\n$5\r\nhello\r\n", "Message", "abc", "hello")]
    [InlineData("*3\r\n$8\r\nsmessage\r\n$3\r\nabc\r\n$0\r\n\r\n", "Message", "abc", "")]
    [InlineData(">3\r\n$7\r\nmessage\r\n$3\r\nabc\r\n$2\r\n\r\n\r\n", "Message", "abc", "\r\n")]
    [InlineData("*3\r\n$9\r\nsubscribe\r\n$3\r\nabc\r\n:1\r\n", "Subscribed", "abc", "")]
    [InlineData("*3\r\n$10\r\nssubscribe\r\n$3\r\nabc\r\n:1\r\n", "Subscribed", "abc", "")]
    [InlineData("*3\r\n$12\r\nsunsubscribe\r\n$3\r\nabc\r\n:0\r\n", "Dropped", "abc", "")]
    [InlineData("*3\r\n$11\r\nunsubscribe\r\n$3\r\nabc\r\n:0\r\n", "Other", "", "")]
    [InlineData("*2\r\n$4\r\npong\r\n$0\r\n\r\n", "Pong", "", "")]
    [InlineData("+PONG\r\n", "Pong", "", "")]
    [InlineData("+OK\r\n", "Other", "", "")]
    [InlineData("-MOVED 1 127.0.0.1:2\r\n", "Error", "", "MOVED 1 127.0.0.1:2")]
    [InlineData("-NOAUTH Authentication required.\r\n", "Error", "", "NOAUTH Authentication required.")]
    [InlineData("*0\r\n", "Other", "", "")]
    [InlineData("*3\r\n$7\r\nmessage\r\n$-1\r\n$-1\r\n", "Message", "", "")]
    public void A_frame_is_told_by_its_first_word(string received, string kind, string channel, string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(received);

        Assert.Equal(bytes.Length, PushFrame.Read(bytes, out var frame));

        Assert.Equal(kind, frame.Kind.ToString());
        Assert.Equal(channel, Encoding.UTF8.GetString(frame.Channel));
        Assert.Equal(payload, Encoding.UTF8.GetString(frame.Payload));
    }

    // TCP cuts anywhere.
    [Property]
    public void Messages_come_out_as_they_went_in_wherever_the_bytes_were_cut(NonEmptyString[] texts, PositiveInt piece)
    {
        var sent = texts.Select(text => text.Get).ToArray();
        var bytes = sent.SelectMany(Message).ToArray();
        var seen = new List<string>();
        var held = new List<byte>();

        foreach (var part in bytes.Chunk(piece.Get))
        {
            held.AddRange(part);
            while (PushFrame.Read([.. held], out var frame) is > 0 and var length)
            {
                Assert.Equal(PushKind.Message, frame.Kind);
                seen.Add(Encoding.UTF8.GetString(frame.Payload));
                held.RemoveRange(0, length);
            }
        }

        Assert.Empty(held);
        Assert.Equal(sent, seen);
    }

    private static byte[] Message(string text) =>
        [.. Encoding.UTF8.GetBytes($"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n${Encoding.UTF8.GetByteCount(text)}\r\n"), .. Encoding.UTF8.GetBytes(text), .. "\r\n"u8];
}
