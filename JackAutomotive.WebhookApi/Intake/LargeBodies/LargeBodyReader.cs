using System.Buffers;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake.LargeBodies;

/// <summary>
/// Reads bodies that are too long for memory. Each piece is hashed for the signature, written to a file and appended to an envelope without the
/// longest strings. A body of any length uses only the memory of one piece, one envelope and one string of the maximum length.
/// </summary>
internal sealed class LargeBodyReader(UploadFolder uploads, SpoolAlerts alerts, IOptions<IntakeOptions> options)
    : IDisposable
{
    private const int PieceBytes = 64 * 1024;

    // The body is written to disk before its signature is verified, so a slow sender must not occupy a slot for long.
    private static readonly MinDataRate s_minRate = new(bytesPerSecond: 64 * 1024, gracePeriod: TimeSpan.FromSeconds(5));

    private readonly SemaphoreSlim _slots = new(options.Value.MaxLargeBodies);

    /// <summary>Reads the rest of a body and verifies its signature.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">The webhook that received the request; it accepts large bodies.</param>
    /// <param name="scheme">Verifies the signature over the whole body.</param>
    /// <param name="bodyStart">The bytes of the body that are read already.</param>
    /// <returns>
    /// The whole body if no string was cut out, otherwise an envelope with an upload. The upload is disposed with the request. If
    /// the request is rejected, the result is the rejection without a body.
    /// </returns>
    public async ValueTask<(WebhookBody? Body, Rejection? Rejection)> ReadAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        ReadOnlyMemory<byte> bodyStart)
    {
        if (!await _slots.WaitAsync(TimeSpan.Zero))
        {
            return (null, new Rejection(Rejection.Busy, Problems.TooBusy(context.Response), bodyStart.Length));
        }

        var isAccepted = false;
        try
        {
            var (body, rejection) = await ReadInSlotAsync(context, endpoint, scheme, bodyStart);
            isAccepted = body is not null;
            return (body, rejection);
        }
        finally
        {
            if (isAccepted)
            {
                // The slot stays in use until the response is complete, because the body is stored only after this method returns.
                context.Response.OnCompleted(() =>
                {
                    _slots.Release();
                    return Task.CompletedTask;
                });
            }
            else
            {
                _slots.Release();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async ValueTask<(WebhookBody? Body, Rejection? Rejection)> ReadInSlotAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        ReadOnlyMemory<byte> bodyStart)
    {
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = s_minRate;
        }

        ObjectUpload? upload = null;
        try
        {
            upload = uploads.Begin();
            context.Response.RegisterForDisposeAsync(upload);
            return await ReadPiecesAsync(context, endpoint, scheme, bodyStart, upload);
        }
        catch (Exception e) when (e is DiskException or UnauthorizedAccessException || (e is IOException && upload is null))
        {
            alerts.ReportDiskFailed(endpoint.Topic, e.InnerException ?? e);
            var answer = Problems.StorageUnavailable(context.Response, Acceptance.DiskFailed);
            return (null, new Rejection(Rejection.StorageUnavailable, answer, upload?.Length ?? 0));
        }
    }

    private static async Task<(WebhookBody? Body, Rejection? Rejection)> ReadPiecesAsync(
        HttpContext context,
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        ReadOnlyMemory<byte> bodyStart,
        ObjectUpload upload)
    {
        var limits = endpoint.Large!;
        using var signature = scheme.BeginCheck(endpoint, context.Request);
        var envelope = new EnvelopeWriter(LargeBodyLimits.MaxStringBytes, limits.MaxEnvelopeBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            for (var piece = bodyStart; !piece.IsEmpty;)
            {
                signature.Append(piece.Span);
                await DiskException.WrapAsync(upload.WriteAsync(piece, context.RequestAborted));
                if (!envelope.Append(piece.Span) || upload.Length > limits.MaxRawBytes)
                {
                    return (null, new Rejection(Rejection.TooLarge, Problems.BodyTooLarge(limits.MaxRawBytes), upload.Length));
                }

                var read = await context.Request.Body.ReadAtLeastAsync(
                    buffer.AsMemory(0, PieceBytes), PieceBytes, throwOnEndOfStream: false, context.RequestAborted);
                piece = buffer.AsMemory(0, read);
            }
        }
        catch (Exception e) when (WebhookBody.ClassifyFailure(e, upload.Length) is not null)
        {
            return (null, WebhookBody.ClassifyFailure(e, upload.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (signature.Finish() is var verdict and not SignatureVerdict.Valid)
        {
            return (null, new Rejection(verdict.ToReason(), scheme.BuildRejectionAnswer(endpoint, verdict), upload.Length));
        }

        if (!envelope.HasCuts)
        {
            return (new WebhookBody(envelope.Written), null);
        }

        await DiskException.WrapAsync(new ValueTask(upload.FinishAsync()));
        return (new WebhookBody(envelope.Written) { Raw = upload }, null);
    }

    /// <summary>Distinguishes failures of our disk from failures of the sender's connection, which are I/O exceptions too.</summary>
    private sealed class DiskException(IOException inner) : Exception("The disk failed.", inner)
    {
        public static async ValueTask WrapAsync(ValueTask write)
        {
            try
            {
                await write;
            }
            catch (IOException e)
            {
                throw new DiskException(e);
            }
        }
    }
}
