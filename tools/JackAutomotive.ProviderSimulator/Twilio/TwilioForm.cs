using System.Net.Http.Headers;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>A form body that keeps its parameters, because Twilio signs the parameters and not the encoded bytes.</summary>
internal sealed class TwilioForm : FormUrlEncodedContent
{
    public TwilioForm(IReadOnlyList<KeyValuePair<string, string>> parameters)
        : base(parameters)
    {
        Parameters = parameters;
        Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded", "UTF-8");
    }

    /// <summary>Names and values before encoding, in sending order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters { get; }
}
