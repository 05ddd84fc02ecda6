using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>
/// Signs a form before it is sent. This handler is the innermost one, behind service discovery. Without a public address, the signed URL
/// is therefore the URL that the request goes to. A callback whose address a request to the API named is signed for that address.
/// </summary>
internal sealed class TwilioSigningHandler(IOptions<TwilioOptions> twilio, IOptions<PostingOptions> posting) : DelegatingHandler
{
    /// <summary>Passes the address of a callback, as the request to the API named it.</summary>
    public static readonly HttpRequestOptionsKey<string> NamedAddress = new("named-address");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request is { Content: TwilioForm form, RequestUri: { } postedTo })
        {
            Flaw? flaw = request.Options.TryGetValue(Flaws.Key, out var wanted) ? wanted : null;
            var token = flaw.Apply(twilio.Value.SigningToken);
            var url = request.Options.TryGetValue(NamedAddress, out var named) ? named : posting.Value.PublicUrlOf(postedTo);
            var signature = TwilioSignature.Compute(token, url, form.Parameters);
            request.Headers.Remove("X-Twilio-Signature");
            if (flaw != Flaw.MissingHeader)
            {
                request.Headers.TryAddWithoutValidation("X-Twilio-Signature", signature);
            }

            if (flaw == Flaw.FlippedByte)
            {
                var type = form.Headers.ContentType;
                request.Content = new ReadOnlyMemoryContent(flaw.Apply([await form.ReadAsByteArrayAsync(cancellationToken)]).Single())
                {
                    Headers = { ContentType = type },
                };
            }
        }

        return await base.SendAsync(request, cancellationToken);
    }
}
