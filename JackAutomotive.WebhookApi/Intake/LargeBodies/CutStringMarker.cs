using System.Globalization;
using System.Text;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// The marker that replaces a long string in an envelope. It locates the string in the raw body: the bytes between the quotes, including JSON
/// escapes.
/// <code>{"type":"post_call_audio","data":{"conversation_id":"conv_…","full_audio":"jack-cut:97+41943040"}}</code>
/// </summary>
/// <param name="Offset">The position of the string's first byte in the raw body.</param>
/// <param name="Length">The length of the string in bytes.</param>
internal readonly record struct CutStringMarker(long Offset, long Length)
{
    private const string Prefix = "jack-cut:";

    /// <summary>Parses a marker. Returns false for any other text.</summary>
    public static bool TryParse(string? text, out CutStringMarker marker)
    {
        marker = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = text[Prefix.Length..].Split('+');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            return false;
        }

        marker = new CutStringMarker(offset, length);
        return true;
    }

    /// <summary>Returns the marker without quotes.</summary>
    public byte[] ToUtf8() => Encoding.ASCII.GetBytes(ToString());

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Offset}+{Length}");
}
