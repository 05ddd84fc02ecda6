using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// The rest of the body that a rejected sender is still sending. Closing a connection with unread bytes resets the connection, and most clients
/// read the answer only after they have sent everything. So the gate sends the answer first, and then reads and discards the rest, within limits
/// of size and time.
/// </summary>
internal static class UnreadBody
{
    // Kestrel itself drains a rest of this size and keeps the connection open.
    private const long DrainedByKestrel = 64 * 1024;
    private const long MaxBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <summary>Returns whether the unread rest may be too long for Kestrel to drain.</summary>
    public static bool MayBeLong(HttpContext context) =>
        context.Request.ContentLength is { } length
            ? length > DrainedByKestrel
            : context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    /// <summary>Completes the answer, and then discards the rest of the body within limits of size and time.</summary>
    public static async Task DiscardAsync(HttpContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            await context.Response.CompleteAsync();
            WebhookBody.LiftServerLimit(context);
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            timeout.CancelAfter(s_timeout);
            for (long discarded = 0; discarded < MaxBytes;)
            {
                var read = await context.Request.Body.ReadAsync(buffer, timeout.Token);
                if (read == 0)
                {
                    return;
                }

                discarded += read;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The sender disconnected, or the time limit expired.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
