using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// What a refused sender is still sending. Closing a connection with unread bytes resets it, and most clients do not look for an answer
/// before they have sent everything: so the answer goes out, and then what comes is read and thrown away, for a while.
/// </summary>
internal static class UnreadBody
{
    // Kestrel reads a rest of this size by itself, and the connection stays open.
    private const long Short = 64 * 1024;
    private const long MaxBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether there may be more than is worth keeping the connection for.</summary>
    public static bool MayBeLong(HttpContext context) =>
        context.Request.ContentLength is { } length
            ? length > Short
            : context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    /// <summary>Ends the answer and reads on, within limits of size and time.</summary>
    public static async Task DiscardAsync(HttpContext context)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            await context.Response.CompleteAsync();
            WebhookBody.LiftServerLimit(context);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(s_patience);
            for (long discarded = 0; discarded < MaxBytes;)
            {
                var read = await context.Request.Body.ReadAsync(buffer, patience.Token);
                if (read == 0)
                {
                    return;
                }

                discarded += read;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The sender has gone, or is not worth waiting for.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
