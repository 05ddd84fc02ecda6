using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>
/// What a person is known by on a channel: a phone number, an id of a messaging service (<c>messenger:123</c>), a SIP address, or the name or
/// short code that sends a text. A phone number is the same address on every channel.
/// </summary>
internal readonly partial record struct ChannelAddress
{
    /// <summary>The channel of a text without a channel prefix.</summary>
    public const string Sms = "sms";

    /// <summary>The channel of a telephone call.</summary>
    public const string Voice = "voice";

    public const string WhatsApp = "whatsapp";

    private const string PhoneKind = "phone";
    private const string SenderKind = "sender";
    private const string SipKind = "sip";
    private const string ClientKind = "client";

    // An address must fit into an index.
    private const int MaxLength = 200;

    private ChannelAddress(string kind, string address) => (Kind, Address) = (kind, address);

    /// <summary>phone, sender (a name or a short code), or the channel: whatsapp, rcs, messenger, sip, client and others.</summary>
    public string Kind { get; }

    /// <summary>The address on its channel; for a phone number the E.164 form. Do not log this value, because it is personal data.</summary>
    public string Address { get; }

    /// <summary>Whether anything can be sent to the address. A name, a short code, a SIP address and a client cannot receive texts.</summary>
    public bool CanReceive => Kind is not (SenderKind or SipKind or ClientKind);

    /// <summary>The phone number; null if the address contains none.</summary>
    public PhoneNumber? Phone => Kind == PhoneKind && PhoneNumber.TryParse(Address, out var phone) ? phone : null;

    /// <summary>The address as our API shows it: a phone number, a sender, or <c>kind:address</c>. Parsing it yields the same address.</summary>
    public string Text => Kind is PhoneKind or SenderKind ? Address : $"{Kind}:{Address}";

    public static ChannelAddress FromPhone(PhoneNumber phone) => new(PhoneKind, phone.Value);

    /// <summary>Restores an address from its stored parts.</summary>
    public static ChannelAddress FromParts(string kind, string address) => new(kind, address);

    /// <summary>Returns the channel that the prefix of an address names, in lower case; null if the address has no prefix.</summary>
    public static string? FindChannel(string? text) =>
        text is not null && Prefix().Match(Unwrap(text)) is { Success: true } match ? match.Groups["channel"].Value.ToLowerInvariant() : null;

    /// <summary>Parses an address in a provider's spelling, such as <c>+12025550123</c>, <c>whatsapp:+12025550123</c>,
    /// <c>messenger:123</c> or <c>sip:jack@example.com</c>.</summary>
    /// <returns>False for hidden callers, numbers that nobody can dial, names and short codes.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, out ChannelAddress address)
    {
        address = default;
        if (text is null || HiddenCaller.IsHidden(text))
        {
            return false;
        }

        var unwrapped = Unwrap(text);
        var found = Prefix().Match(unwrapped) is { Success: true } match
            ? ReadWithChannel(match.Groups["channel"].Value.ToLowerInvariant(), match.Groups["rest"].Value.Trim())
            : ReadPhone(unwrapped);
        address = found.GetValueOrDefault();
        return found is { Address.Length: <= MaxLength };
    }

    /// <summary>Parses the sender of a text, which may also be a name or a short code.</summary>
    /// <returns>False for hidden senders and numbers that nobody can dial.</returns>
    public static bool TryParseSender([NotNullWhen(true)] string? text, out ChannelAddress address)
    {
        if (TryParse(text, out address))
        {
            return true;
        }

        var sender = text?.Trim();
        if (sender is null || HiddenCaller.IsHidden(sender) || !(ShortCode().IsMatch(sender) || SenderName().IsMatch(sender)))
        {
            return false;
        }

        address = new ChannelAddress(SenderKind, sender.TrimStart('+').ToUpperInvariant());
        return true;
    }

    /// <summary>Formats the address as the recipient of an answer on a channel, as Twilio expects it.</summary>
    public string ToRecipient(string channel) => Kind == PhoneKind && channel is not (Sms or Voice) ? $"{channel}:{Address}" : Text;

    /// <summary>Returns the kind only, so that an address in a log or a message does not identify a person.</summary>
    public override string ToString() => Kind is null ? "" : $"{Kind}:…";

    private static ChannelAddress? ReadWithChannel(string channel, string rest) => channel switch
    {
        "tel" or "sms" or "mms" or PhoneKind => ReadPhone(rest.Split(';')[0]),
        "sip" or "sips" => ReadSip(rest),
        SenderKind => null,
        _ when HiddenCaller.IsHidden(rest) => null,
        _ when rest.StartsWith('+') => ReadPhone(rest) ?? (HasOnlyDigits(rest.AsSpan(1)) ? null : new ChannelAddress(channel, rest)),

        // WhatsApp identifies many people by their number without a plus sign. Digits of other channels are ids.
        WhatsApp or "rcs" when HasOnlyDigits(rest) && PhoneNumber.TryParse($"+{rest}", out var phone) => FromPhone(phone),
        _ => new ChannelAddress(channel, rest),
    };

    // user@host;parameters?headers. The user part of a call from a telephone is the number.
    private static ChannelAddress? ReadSip(string rest)
    {
        var address = rest.TrimStart('/').Split(';', '?')[0].Trim();
        var at = address.LastIndexOf('@');
        var user = at < 0 ? address : address[..at];
        var host = at < 0 ? "" : address[(at + 1)..].Split(':')[0].ToLowerInvariant();
        if (HiddenCaller.IsHidden(user) || host.EndsWith(".invalid", StringComparison.Ordinal))
        {
            return null;
        }

        var number = user.StartsWith("%2B", StringComparison.OrdinalIgnoreCase) ? $"+{user[3..]}" : user;
        return ReadPhone(number) is { } phone ? phone
            : host.Length == 0 || (number.StartsWith('+') && HasOnlyDigits(number.AsSpan(1))) ? null
            : new ChannelAddress(SipKind, $"{user}@{host}");
    }

    private static ChannelAddress? ReadPhone(string text) => PhoneNumber.TryParse(text, out var phone) ? FromPhone(phone) : null;

    private static bool HasOnlyDigits(ReadOnlySpan<char> text) => text.Length > 0 && text.IndexOfAnyExceptInRange('0', '9') < 0;

    // Returns the address of a header with a display name: "Jack" <sip:jack@example.com>.
    private static string Unwrap(string text)
    {
        var trimmed = text.Trim();
        return trimmed.EndsWith('>') && trimmed.LastIndexOf('<') is >= 0 and var start ? trimmed[(start + 1)..^1].Trim() : trimmed;
    }

    [GeneratedRegex(@"\A(?<channel>[A-Za-z][A-Za-z0-9+.-]{0,30}):(?<rest>.*)\z", RegexOptions.Singleline)]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\A\+?[0-9]{3,6}\z")]
    private static partial Regex ShortCode();

    // Names have up to 11 characters at most networks, and at least one letter.
    [GeneratedRegex(@"\A(?=.*\p{L})[\p{L}\p{N}][\p{L}\p{N} &_.-]{0,19}\z")]
    private static partial Regex SenderName();
}
