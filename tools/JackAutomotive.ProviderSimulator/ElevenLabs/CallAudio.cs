using System.Buffers.Text;
using System.Text;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// Writes the <c>post_call_audio</c> webhook while it is being sent: <c>full_audio</c> is an MP3 in base64. Its frames have the right
/// headers and length, and noise for sound.
/// </summary>
internal static class CallAudio
{
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 144 * 128000 / 44100 bytes, which three divides, so that base64 needs no padding.
    private const int FrameBytes = 417;
    private const int FramesInChunk = 120;

    private static readonly byte[] s_frameHeader = [0xFF, 0xFB, 0x90, 0x64];

    /// <summary>
    /// The body in chunks, of about so many megabytes (a million bytes each) in all. A chunk is valid until the next is read.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Body(
        string conversationId, string agentId, DateTimeOffset at, int seed, double megabytes)
    {
        var began = $$"""{"type":"post_call_audio","event_timestamp":{{at.ToUnixTimeSeconds()}},"data":{"agent_id":"{{agentId}}",""";
        yield return Encoding.UTF8.GetBytes($"{began}\"conversation_id\":\"{conversationId}\",\"full_audio\":\"");

        var random = new Random(seed);
        var (sound, text) = (new byte[FrameBytes * FramesInChunk], new byte[FrameBytes * FramesInChunk / 3 * 4]);
        var frames = Math.Max(1, (long)(megabytes * 1_000_000 / 4 * 3 / FrameBytes));
        for (; frames > 0; frames -= FramesInChunk)
        {
            var length = (int)Math.Min(frames, FramesInChunk) * FrameBytes;
            random.NextBytes(sound.AsSpan(0, length));
            for (var frame = 0; frame < length; frame += FrameBytes)
            {
                s_frameHeader.CopyTo(sound, frame);
            }

            Base64.EncodeToUtf8(sound.AsSpan(0, length), text, out _, out var written);
            yield return text.AsMemory(0, written);
        }

        yield return "\"}}"u8.ToArray();
    }
}
