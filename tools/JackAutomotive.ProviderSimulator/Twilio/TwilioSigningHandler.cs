using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>
/// Signs a form before it is sent. This handler is the innermost one, behind service discovery. Without a public address, the signed URL
/// is therefore the URL that the request goes to.
/// </summary>
internal sealed class TwilioSigningHandler(IOptions<TwilioOptions> twilio, IOptions<PostingOptions> posting) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request is { Content: TwilioForm form, RequestUri: { } postedTo })
        {
            Flaw? flaw = request.Options.TryGetValue(Flaws.Key, out var wanted) ? wanted : null;
            var token = flaw.Apply(twilio.Value.SigningToken);
            var signature = TwilioSignature.Compute(token, posting.Value.PublicUrlOf(postedTo), form.Parameters);
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
