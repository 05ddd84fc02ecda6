using System.Globalization;
using System.Text;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// Stands in an envelope for a string that was cut out of it, and says where in the raw body the string is: between the quotes, with
/// its escapes.
/// <code>{"type":"post_call_audio","data":{"conversation_id":"conv_…","full_audio":"jack-cut:97+41943040"}}</code>
/// </summary>
/// <param name="Offset">Of its first byte in the raw body.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct CutString(long Offset, long Length)
{
    private const string Prefix = "jack-cut:";

    /// <summary>Reads a marker; false for any other text.</summary>
    public static bool TryParse(string? text, out CutString cut)
    {
        cut = default;
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

        cut = new CutString(offset, length);
        return true;
    }

    /// <summary>The marker as it stands between the quotes.</summary>
    public byte[] ToUtf8() => Encoding.ASCII.GetBytes(ToString());

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Offset}+{Length}");
}
