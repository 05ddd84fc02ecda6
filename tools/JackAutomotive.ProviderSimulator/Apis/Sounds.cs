using System.Buffers.Binary;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>The sound of recordings: a tone as WAV, silence as MP3. Both formats have the right duration.</summary>
internal static class Sounds
{
    private const int SampleRate = 8000;
    private const int HeaderBytes = 44;

    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 1152 samples in 417 bytes. A frame without data is silence.
    private const int FrameBytes = 417;
    private const double FramesPerSecond = 44_100 / 1152.0;

    // The customer is the first channel, as in Twilio's recordings with two channels.
    private static readonly int[] s_frequencies = [440, 660];
    private static readonly byte[] s_frameHeader = [0xFF, 0xFB, 0x90, 0x64];

    /// <summary>Returns a WAV file with 16-bit samples. Each channel has a tone of its own.</summary>
    public static byte[] Wav(int seconds, int channels)
    {
        var data = seconds * SampleRate * channels * 2;
        var wav = new byte[HeaderBytes + data];
        var span = wav.AsSpan();
        "RIFF"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], HeaderBytes - 8 + data);
        "WAVEfmt "u8.CopyTo(span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], (short)channels);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], SampleRate * channels * 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], (short)(channels * 2));
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 16);
        "data"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], data);
        for (var sample = 0; sample < seconds * SampleRate * channels; sample++)
        {
            var (time, frequency) = ((double)(sample / channels) / SampleRate, s_frequencies[sample % channels]);
            var value = (short)(8000 * Math.Sin(2 * Math.PI * frequency * time));
            BinaryPrimitives.WriteInt16LittleEndian(span[(HeaderBytes + (sample * 2))..], value);
        }

        return wav;
    }

    /// <summary>Returns an MP3 file of silence.</summary>
    public static byte[] Mp3(int seconds)
    {
        var mp3 = new byte[(int)Math.Ceiling(seconds * FramesPerSecond) * FrameBytes];
        for (var frame = 0; frame < mp3.Length; frame += FrameBytes)
        {
            s_frameHeader.CopyTo(mp3, frame);
        }

        return mp3;
    }
}
