using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>
/// Signs a form on its way out. It is the innermost handler, behind service discovery, so that without a public address the
/// URL that is signed is the very one that is posted to.
/// </summary>
internal sealed class TwilioSigningHandler(IOptions<TwilioOptions> twilio, IOptions<PostingOptions> posting) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request is { Content: TwilioForm form, RequestUri: { } postedTo })
        {
            var signature = TwilioSignature.Compute(twilio.Value.SigningToken, posting.Value.PublicUrlOf(postedTo), form.Parameters);
            request.Headers.Remove("X-Twilio-Signature");
            request.Headers.TryAddWithoutValidation("X-Twilio-Signature", signature);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
