using System.Net;
using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Stores objects in a bucket of Amazon S3 or of an S3-compatible server.</summary>
internal sealed class S3ObjectStore(IAmazonS3 s3, Installation installation, IOptions<StorageOptions> options) : IObjectStore
{
    private readonly string _bucket = options.Value.Bucket;
    private readonly TimeSpan _stallTimeout = options.Value.StallTimeout;

    /// <inheritdoc/>
    public Task PutAsync(string file, ObjectName name, CancellationToken cancellationToken) => StallLimit.RunAsync(
        async limit =>
        {
            var request = new PutObjectRequest
            {
                BucketName = _bucket,
                Key = KeyOf(name),
                FilePath = file,
                ContentType = "application/octet-stream",
                UseChunkEncoding = false, // Not every S3-compatible server supports Amazon's chunked encoding (aws-chunked).
            };
            request.StreamTransferProgress += (_, _) => limit.ReportProgress();
            return await s3.PutObjectAsync(request, limit.Token);
        },
        _stallTimeout,
        cancellationToken);

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(ObjectName name, CancellationToken cancellationToken) =>
        await GetMetadataAsync(name, cancellationToken) is { } metadata
            ? new S3ObjectStream(s3, _bucket, KeyOf(name), metadata.ContentLength, _stallTimeout)
            : null;

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> FindWrittenAtAsync(ObjectName name, CancellationToken cancellationToken) =>
        await GetMetadataAsync(name, cancellationToken) is { LastModified: { } modifiedAt }
            ? new DateTimeOffset(modifiedAt.ToUniversalTime())
            : null;

    /// <inheritdoc/>
    public Task DeleteAsync(ObjectName name, CancellationToken cancellationToken) => StallLimit.RunAsync(
        limit => s3.DeleteObjectAsync(_bucket, KeyOf(name), limit.Token), _stallTimeout, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _bucket, Prefix = Prefix };
        do
        {
            var page = await StallLimit.RunAsync(limit => s3.ListObjectsV2Async(request, limit.Token), _stallTimeout, cancellationToken);
            foreach (var found in page.S3Objects ?? [])
            {
                if (ObjectName.TryParse(found.Key[Prefix.Length..], out var name) && found.LastModified is { } modifiedAt)
                {
                    yield return new StoredObject(name, new DateTimeOffset(modifiedAt.ToUniversalTime()));
                }
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
    }

    private async Task<GetObjectMetadataResponse?> GetMetadataAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            return await StallLimit.RunAsync(
                limit => s3.GetObjectMetadataAsync(_bucket, KeyOf(name), limit.Token), _stallTimeout, cancellationToken);
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private string Prefix => $"{installation.Id:N}/objects/";

    private string KeyOf(ObjectName name) => Prefix + name;
}
