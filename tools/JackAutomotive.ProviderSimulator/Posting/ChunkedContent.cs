using System.Net;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>A body that is produced while it is sent, chunked and without a Content-Length, so that a body of any size can be sent.</summary>
internal sealed class ChunkedContent(IEnumerable<ReadOnlyMemory<byte>> chunks) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var chunk in chunks)
        {
            await stream.WriteAsync(chunk, cancellationToken);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
