using System.Security.Cryptography;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Http.Features;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// The bytes of a webhook request, read once: the signature was checked over them and the inbox stores them. Nothing is parsed here.
/// </summary>
/// <param name="Bytes">The body; of one that is too long for memory, its envelope.</param>
internal sealed record WebhookBody(ReadOnlyMemory<byte> Bytes)
{
    private const int MaxAnnounced = 64 * 1024;

    /// <summary>What was signed, if <see cref="Bytes"/> are its envelope. Not kept yet.</summary>
    public ObjectUpload? Raw { get; init; }

    /// <summary>SHA-256 of what was signed: tells whether a repeated delivery says the same.</summary>
    public byte[] Hash() => Raw?.Name.ToHash() ?? SHA256.HashData(Bytes.Span);

    /// <summary>Reads a request's body, up to the first byte beyond a limit.</summary>
    /// <returns>What was read, and whether that is all; or why it cannot be had.</returns>
    public static async ValueTask<(ReadOnlyMemory<byte> Read, bool IsWhole, Rejection? Failure)> ReadAsync(
        HttpContext context,
        long limit,
        WebhookLimits limits)
    {
        LiftServerLimit(context);
        var request = context.Request;
        var length = 0;
        var reserved = 0;
        try
        {
            // Sized by what was announced when that is plausible, so that an ordinary body is copied once; the byte more shows the end.
            var buffer = new byte[(int)Math.Clamp(request.ContentLength ?? 0, 1024, Math.Min(limit, MaxAnnounced)) + 1];
            while (true)
            {
                var read = await request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                length += read;
                if (read == 0 || length > limit)
                {
                    return (buffer.AsMemory(0, length), IsWhole: read == 0, null);
                }

                if (length == buffer.Length)
                {
                    var longer = (int)Math.Min(2L * length, limit + 1);
                    if (longer > MaxAnnounced && !limits.TryReserve(longer - reserved))
                    {
                        return (default, false, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response), length));
                    }

                    reserved = longer > MaxAnnounced ? longer : reserved;
                    Array.Resize(ref buffer, longer);
                }
            }
        }
        catch (Exception e) when (FailureOf(e, length) is not null)
        {
            return (default, false, FailureOf(e, length));
        }
        finally
        {
            limits.Release(reserved);
        }
    }

    /// <summary>What an exception says about the sender of a body; null if it says nothing.</summary>
    /// <param name="exception">From reading the request.</param>
    /// <param name="length">What had been read by then, in bytes.</param>
    public static Rejection? FailureOf(Exception exception, long length) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } =>
            new Rejection(Rejection.TooSlow, Problems.BodyTooSlow(), length),
        IOException or OperationCanceledException => new Rejection(Rejection.Incomplete, Problems.BodyIncomplete(), length),
        _ => null,
    };

    /// <summary>Each endpoint has its own limit, which is counted here: the server would cut the connection, and its answer is not seen.</summary>
    public static void LiftServerLimit(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }
    }
}
