using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// The body of a webhook request. The body is read once, so the inbox stores exactly the bytes whose signature was verified.
/// </summary>
/// <param name="Bytes">The body, or the envelope of a body that is too long for memory.</param>
internal sealed record WebhookBody(ReadOnlyMemory<byte> Bytes)
{
    private const int MaxUnreservedBytes = 64 * 1024;

    /// <summary>
    /// The upload of the signed body if <see cref="Bytes"/> is an envelope, otherwise null. The upload is not in the object store yet.
    /// </summary>
    public ObjectUpload? Raw { get; init; }

    /// <summary>Returns the query of a GET in place of a body. A form in a query is written as a form in a body is.</summary>
    public static WebhookBody FromQuery(HttpRequest request) =>
        new(Encoding.UTF8.GetBytes(request.QueryString.HasValue ? request.QueryString.Value[1..] : ""));

    /// <summary>Returns the SHA-256 hash of the signed bytes, which reveals whether a repeated delivery has the same body.</summary>
    public byte[] ComputeHash() => Raw?.Name.ToHash() ?? SHA256.HashData(Bytes.Span);

    /// <summary>Reads a request's body, up to the first byte beyond <paramref name="maxBytes"/>.</summary>
    /// <returns>The bytes, and whether they are the whole body; or a rejection if the body cannot be read.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Read, bool IsWhole, Rejection? Rejection)> ReadAsync(
        HttpContext context,
        long maxBytes,
        WebhookLimits limits)
    {
        LiftServerLimit(context);
        var request = context.Request;
        var length = 0;
        var reserved = 0;
        try
        {
            // The buffer has the size of the Content-Length if that is plausible, so that an ordinary body fits without a larger
            // buffer. The extra byte detects the end of the body.
            var buffer = new byte[(int)Math.Clamp(request.ContentLength ?? 0, 1024, Math.Min(maxBytes, MaxUnreservedBytes)) + 1];
            while (true)
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                length += read;
                if (read == 0 || length > maxBytes)
                {
                    return (buffer.AsMemory(0, length), IsWhole: read == 0, null);
                }

                if (length == buffer.Length)
                {
                    var newLength = (int)Math.Min(2L * length, maxBytes + 1);
                    if (newLength > MaxUnreservedBytes && !limits.TryReserve(newLength - reserved))
                    {
                        return (default, false, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response), length));
                    }

                    reserved = newLength > MaxUnreservedBytes ? newLength : reserved;
                    Array.Resize(ref buffer, newLength);
                }
            }
        }
        catch (Exception e) when (ClassifyFailure(e, length) is not null)
        {
            return (default, false, ClassifyFailure(e, length));
        }
        finally
        {
            limits.Release(reserved);
        }
    }

    /// <summary>Maps an exception to a rejection; null if the sender did not cause the exception.</summary>
    /// <param name="exception">The exception from reading the request.</param>
    /// <param name="length">The number of bytes that were read before the exception.</param>
    public static Rejection? ClassifyFailure(Exception exception, long length) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } =>
            new Rejection(Rejection.TooSlow, Problems.BodyTooSlow(), length),
        IOException or OperationCanceledException => new Rejection(Rejection.Incomplete, Problems.BodyIncomplete(), length),
        _ => null,
    };

    /// <summary>
    /// Removes the server's limit on the body. This class enforces the endpoint's own limit instead, because the server closes the connection
    /// at its limit before the sender sees the answer.
    /// </summary>
    public static void LiftServerLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }
}
