using System.Net;
using Amazon.Runtime;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Recognizes errors of the disk and of the object store that an operator or time mends, and so are worth a retry.</summary>
internal static class StorageErrors
{
    /// <summary>
    /// Returns true for errors of the disk and of the object store, known or unknown: connections, timeouts, throttling, full disks, missing
    /// rights. A missing file or object is not an outage, because only the delivery that needs it suffers.
    /// </summary>
    public static bool IsOutage(Exception exception) => exception switch
    {
        AmazonServiceException { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" } => false,
        AmazonServiceException or AmazonClientException or HttpRequestException => true,
        FileNotFoundException or PathTooLongException => false,
        IOException or UnauthorizedAccessException => true,
        _ => false,
    };
}
