using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Spool;

/// <summary>The files in the spool's folder that need a person.</summary>
/// <param name="Items">Oldest first.</param>
internal sealed record KeptFiles(IReadOnlyList<KeptFileView> Items);

/// <summary>One file, without the bodies of its deliveries.</summary>
/// <param name="Name">The name in the path <c>/api/spool/kept/{name}/retry</c>.</param>
/// <param name="Kind">refused, damaged, unreadable or foreign. Only refused and damaged files can be taken in again.</param>
/// <param name="Reason">Why the file needs a person.</param>
/// <param name="KeptAt">When the file was last written, in UTC.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="Deliveries">The first readable deliveries of the file.</param>
internal sealed record KeptFileView(
    string Name,
    string Kind,
    string Reason,
    DateTimeOffset KeptAt,
    long Bytes,
    IReadOnlyList<KeptDeliveryView> Deliveries);

/// <summary>One kept delivery, without its body.</summary>
/// <param name="Source">The provider.</param>
/// <param name="Topic">The webhook that the delivery came through.</param>
/// <param name="Key">The dedup key.</param>
/// <param name="ProviderId">The provider's id, such as a MessageSid; null if the dedup key contains none.</param>
/// <param name="ReceivedAt">When the request arrived, in UTC.</param>
internal sealed record KeptDeliveryView(string Source, string Topic, string Key, string? ProviderId, DateTimeOffset ReceivedAt);

/// <summary><c>GET /api/spool/kept</c></summary>
internal static class ListKeptDeliveries
{
    /// <summary>Lists the files in the spool's folder of this instance. Instances that share the folder show the same list.</summary>
    public static Ok<KeptFiles> Handle(KeptDeliveries kept) => TypedResults.Ok(new KeptFiles([.. kept.List().Select(file => new KeptFileView(
        file.Name,
        file.Kind,
        file.Reason,
        file.KeptAt,
        file.Bytes,
        [.. file.Deliveries.Select(delivery => new KeptDeliveryView(
            delivery.Source, delivery.Topic, delivery.Key, FindProviderId(delivery.Key), delivery.ReceivedAt))]))]));

    // A dedup key is the kind's prefix, the id and, for some kinds, a colon and more text.
    private static string? FindProviderId(string key)
    {
        var parts = key.Split(':');
        return parts.Length > 1 && DeliveryKind.All.Any(kind => kind.Prefix == parts[0]) && parts[1] != "sha256" ? parts[1] : null;
    }
}
