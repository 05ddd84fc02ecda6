using System.Buffers;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// Reads bodies that are too long for memory: piece by piece through the signature's hash into a file, while an envelope without the
/// longest strings is made of them. Whatever their length, one takes as much memory as a piece, an envelope and a string that is just
/// not cut out.
/// </summary>
internal sealed partial class LargeBodyReader(UploadSpool spool, IOptions<IntakeOptions> options, ILogger<LargeBodyReader> logger)
    : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    // Nobody vouches yet for what is written to disk here, so it may not take long.
    private static readonly MinDataRate s_minRate = new(bytesPerSecond: 64 * 1024, gracePeriod: TimeSpan.FromSeconds(5));

    private readonly SemaphoreSlim _slots = new(options.Value.MaxLargeBodies);

    /// <summary>Reads the rest of a body and checks its signature.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">Where it arrived; it takes large bodies.</param>
    /// <param name="scheme">Is given all of the body.</param>
    /// <param name="begun">What has been read of it.</param>
    /// <returns>
    /// The body, whole if nothing was cut out of it and else an envelope with an upload, which belongs to the request; or why there is none.
    /// </returns>
    public async ValueTask<(WebhookBody? Body, Rejection? Failure)> ReadAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        ReadOnlyMemory<byte> begun)
    {
        if (!await _slots.WaitAsync(TimeSpan.Zero))
        {
            return (null, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response), begun.Length));
        }

        // Until the end of the request: what has been read has to be stored as well.
        context.Response.OnCompleted(() =>
        {
            _slots.Release();
            return Task.CompletedTask;
        });

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = s_minRate;
        }

        var upload = spool.Begin();
        context.Response.RegisterForDisposeAsync(upload);
        try
        {
            return await ReadAsync(context, endpoint, scheme, begun, upload);
        }
        catch (Exception e) when (e is DiskException or UnauthorizedAccessException)
        {
            LogDisk(endpoint.Topic, e.InnerException ?? e);
            return (null, new Rejection(Rejection.StorageUnavailable, Problems.StorageUnavailable(context.Response), upload.Length));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private static async Task<(WebhookBody? Body, Rejection? Failure)> ReadAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        ReadOnlyMemory<byte> begun,
        ObjectUpload upload)
    {
        var limits = endpoint.Large!;
        using var signature = scheme.Begin(endpoint, context.Request);
        var envelope = new EnvelopeWriter(LargeBodyLimits.MaxStringBytes, limits.MaxEnvelopeBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var piece = begun; !piece.IsEmpty;)
            {
                signature.Append(piece.Span);
                await DiskException.Wrap(upload.WriteAsync(piece, context.RequestAborted));
                if (!envelope.Append(piece.Span) || upload.Length > limits.MaxRawBytes)
                {
                    return (null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(limits.MaxRawBytes), upload.Length));
                }

                var read = await context.Request.Body.ReadAtLeastAsync(
                    buffer.AsMemory(0, PieceBytes), PieceBytes, throwOnEndOfStream: false, context.RequestAborted);
                piece = buffer.AsMemory(0, read);
            }
        }
        catch (Exception e) when (WebhookBody.FailureOf(e, upload.Length) is not null)
        {
            return (null, WebhookBody.FailureOf(e, upload.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (signature.Finish() is var verdict and not SignatureVerdict.Valid)
        {
            return (null, new Rejection(verdict.ToReason(), scheme.Refuse(endpoint, verdict), upload.Length));
        }

        if (!envelope.HasCuts)
        {
            return (new WebhookBody(envelope.Written), null);
        }

        await DiskException.Wrap(new ValueTask(upload.FinishAsync()));
        return (new WebhookBody(envelope.Written) { Raw = upload }, null);
    }

    [LoggerMessage(LogLevel.Error, "{Topic}: a large body could not be written to disk")]
    private partial void LogDisk(string topic, Exception exception);

    /// <summary>Tells our disk's failures from those of the sender's connection, which are I/O errors as well.</summary>
    private sealed class DiskException(IOException inner) : Exception("The disk failed.", inner)
    {
        public static async ValueTask Wrap(ValueTask writing)
        {
            try
            {
                await writing;
            }
            catch (IOException e)
            {
                throw new DiskException(e);
            }
        }
    }
}
