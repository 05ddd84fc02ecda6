using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>Which numbers are ours, if that was configured: what comes for others has nowhere to go.</summary>
internal sealed class OurNumbers(IOptions<TwilioOptions> options)
{
    private readonly HashSet<string> _numbers = new(options.Value.PhoneNumbers, StringComparer.Ordinal);

    /// <summary>Why there is nobody to give a delivery for this number to; null if there is, or if no number is given.</summary>
    /// <param name="field">Where the number stands.</param>
    /// <param name="number">As Twilio writes it.</param>
    public string? WhyUnroutable(string field, string? number) =>
        number is null || _numbers.Count == 0 || _numbers.Contains(Normalise(number))
            ? null
            : $"{field} ({Masked(number)}) is none of the numbers in {TwilioOptions.PhoneNumberSetting}";

    /// <summary>One spelling of a number; a short code or another channel's address stays as it is.</summary>
    public static string Normalise(string number) => PhoneNumber.TryParse(number, out var phone) ? phone.Value : number;

    private static string Masked(string number) =>
        PhoneNumber.TryParse(number, out var phone) ? phone.ToString() : "not a telephone number";
}
