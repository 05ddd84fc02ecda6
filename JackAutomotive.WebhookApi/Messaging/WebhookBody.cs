using System.Buffers;
using System.Security.Cryptography;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// The bytes of a webhook request, read once: the signature is checked over them and the inbox stores them. Nothing is parsed here.
/// </summary>
/// <param name="Bytes">The body; empty when it was too large.</param>
/// <param name="IsTooLarge">It was longer than the endpoint allows.</param>
internal sealed record WebhookBody(ReadOnlyMemory<byte> Bytes, bool IsTooLarge)
{
    /// <summary>SHA-256 of the body: tells whether a repeated delivery says the same.</summary>
    public byte[] Hash() => SHA256.HashData(Bytes.Span);

    /// <summary>Binds an endpoint's parameter.</summary>
    public static async ValueTask<WebhookBody> BindAsync(HttpContext context)
    {
        var limit = WebhookEndpoint.Of(context).MaxBodyBytes;
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }

        try
        {
            return await ReadAsync(context.Request, limit, context.RequestAborted);
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new WebhookBody(default, IsTooLarge: true);
        }
    }

    private static async Task<WebhookBody> ReadAsync(HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        // Sized by what was announced when that is plausible, so that an ordinary body is copied once.
        var announced = (int)Math.Clamp(request.ContentLength ?? 0, 1024, 1024 * 1024);
        var buffer = new ArrayBufferWriter<byte>(announced);
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.GetMemory(), cancellationToken);
            if (read == 0)
            {
                return new WebhookBody(buffer.WrittenMemory, IsTooLarge: false);
            }

            buffer.Advance(read);
            if (buffer.WrittenCount > limit)
            {
                return new WebhookBody(default, IsTooLarge: true);
            }
        }
    }
}
