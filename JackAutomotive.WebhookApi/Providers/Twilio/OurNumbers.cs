using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>Our configured telephone numbers. If there are any, deliveries for other numbers are unroutable.</summary>
internal sealed class OurNumbers(IOptions<TwilioOptions> options)
{
    private readonly HashSet<string> _numbers = new(options.Value.PhoneNumbers, StringComparer.Ordinal);

    /// <summary>Returns why a delivery for a number is unroutable; null if the delivery is routable or contains no number.</summary>
    /// <param name="field">The name of the field with the number.</param>
    /// <param name="number">The number as Twilio writes it.</param>
    public string? FindUnroutableReason(string field, string? number) =>
        number is null || _numbers.Count == 0 || _numbers.Contains(Normalise(number))
            ? null
            : $"{field} ({Mask(number)}) is none of the numbers in {TwilioOptions.PhoneNumberSetting}";

    /// <summary>Returns a number in E.164 format; leaves a short code or another channel's address unchanged.</summary>
    public static string Normalise(string number) => PhoneNumber.TryParse(number, out var phone) ? phone.Value : number;

    private static string Mask(string number) =>
        PhoneNumber.TryParse(number, out var phone) ? phone.ToString() : "not a telephone number";
}
