using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Our configured telephone numbers and those of our staff. If there are any numbers of ours, deliveries for other numbers are unroutable.
/// No number here becomes a lead's.
/// </summary>
internal sealed class OurNumbers(IOptions<TwilioOptions> options)
{
    private readonly HashSet<string> _numbers = new(options.Value.PhoneNumbers, StringComparer.Ordinal);

    private readonly HashSet<string> _staff = new(options.Value.StaffNumbers, StringComparer.Ordinal);

    /// <summary>
    /// Returns why a delivery for a number is unroutable; null if the delivery is routable or contains no number. Our side of a messaging
    /// service or of a SIP call may be an id without a number. The account has signed for it, so it is ours.
    /// </summary>
    /// <param name="field">The name of the field with the number.</param>
    /// <param name="number">The number as Twilio writes it, with or without a channel prefix.</param>
    public string? FindUnroutableReason(string field, string? number) =>
        number is null || _numbers.Count == 0 || _numbers.Contains(Normalise(number)) || IsIdOfChannel(number)
            ? null
            : $"{field} ({Mask(number)}) is none of the numbers in {TwilioOptions.PhoneNumberSetting}";

    /// <summary>Returns whether an address belongs to us or to our staff, so that it identifies no lead.</summary>
    public bool IsOurs(ChannelAddress address) => _numbers.Contains(address.Text) || _staff.Contains(address.Text);

    /// <summary>Returns the clues whose address is not ours.</summary>
    public IReadOnlyList<AddressClue> RemoveOurs(IEnumerable<AddressClue> clues) => [.. clues.Where(clue => !IsOurs(clue.Address))];

    /// <summary>Returns a number in E.164 format, without its channel prefix; leaves a short code or an id unchanged.</summary>
    public static string Normalise(string number) => ChannelAddress.TryParse(number, out var address) ? address.Text : number;

    private static bool IsIdOfChannel(string number) =>
        ChannelAddress.FindChannel(number) is not null && ChannelAddress.TryParse(number, out var address) && address.Phone is null;

    private static string Mask(string number) =>
        ChannelAddress.TryParse(number, out var address) && address.Phone is { } phone ? phone.ToString() : "not a telephone number";
}
