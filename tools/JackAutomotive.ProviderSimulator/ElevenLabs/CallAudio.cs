using System.Buffers.Text;
using System.Text;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>
/// Writes the <c>post_call_audio</c> webhook while it is being sent. <c>full_audio</c> is an MP3 in base64. The MP3 frames have valid
/// headers and lengths and contain noise.
/// </summary>
internal static class CallAudio
{
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 144 * 128000 / 44100 bytes. Three divides this length, so base64 needs no padding.
    private const int FrameBytes = 417;
    private const int FramesInChunk = 120;

    private static readonly byte[] s_frameHeader = [0xFF, 0xFB, 0x90, 0x64];

    /// <summary>
    /// Returns the body in chunks, about <paramref name="megabytes"/> megabytes (a million bytes each) in total. A chunk is valid until the
    /// caller reads the next chunk.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Body(
        string conversationId, string agentId, DateTimeOffset at, int seed, double megabytes)
    {
        var prefix = $$"""{"type":"post_call_audio","event_timestamp":{{at.ToUnixTimeSeconds()}},"data":{"agent_id":"{{agentId}}",""";
        yield return Encoding.UTF8.GetBytes($"{prefix}\"conversation_id\":\"{conversationId}\",\"full_audio\":\"");

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
