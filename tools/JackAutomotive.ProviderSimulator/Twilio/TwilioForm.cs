using System.Net.Http.Headers;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>A form body that still knows its parameters, since they and not the encoded bytes are what Twilio signs.</summary>
internal sealed class TwilioForm : FormUrlEncodedContent
{
    public TwilioForm(IReadOnlyList<KeyValuePair<string, string>> parameters)
        : base(parameters)
    {
        Parameters = parameters;
        Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded", "UTF-8");
    }

    /// <summary>Names and values before encoding, in the order in which they are sent.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; }
}
