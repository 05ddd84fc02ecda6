using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// The bytes of a webhook request, read once: the signature was checked over them and the inbox stores them. Nothing is parsed here.
/// </summary>
/// <param name="Bytes">The body.</param>
internal sealed record WebhookBody(ReadOnlyMemory<byte> Bytes)
{
    private const int MaxAnnounced = 1024 * 1024;

    /// <summary>SHA-256 of the body: tells whether a repeated delivery says the same.</summary>
    public byte[] Hash() => SHA256.HashData(Bytes.Span);

    /// <summary>Binds an endpoint's parameter to what the <see cref="WebhookGate"/> has verified.</summary>
    /// <exception cref="InvalidOperationException">The route is not a webhook.</exception>
    public static ValueTask<WebhookBody> BindAsync(HttpContext context) =>
        ValueTask.FromResult(context.Features.Get<WebhookBody>()
            ?? throw new InvalidOperationException($"The route {context.Request.Path} is not mapped as a webhook."));

    /// <summary>Reads a request's body, or says why it cannot be had.</summary>
    public static async ValueTask<(WebhookBody? Body, Rejection? Failure)> ReadAsync(HttpContext context, long limit)
    {
        LiftServerLimit(context);
        var request = context.Request;
        var length = 0;
        try
        {
            // Sized by what was announced when that is plausible, so that an ordinary body is copied once; the byte more shows the end.
            var buffer = new byte[(int)Math.Clamp(request.ContentLength ?? 0, 1024, MaxAnnounced) + 1];
            while (true)
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                length += read;
                if (read == 0)
                {
                    return (new WebhookBody(buffer.AsMemory(0, length)), null);
                }

                if (length > limit)
                {
                    return (null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(limit), length));
                }

                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, (int)Math.Min(2L * length, limit + 1));
                }
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            return (null, new Rejection(Rejection.TooSlow, Problems.BodyTooSlow(), length));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            return (null, new Rejection(Rejection.Incomplete, Problems.BodyIncomplete(), length));
        }
    }

    /// <summary>Each endpoint has its own limit, which is counted here: the server would cut the connection, and its answer is not seen.</summary>
    public static void LiftServerLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }
}
