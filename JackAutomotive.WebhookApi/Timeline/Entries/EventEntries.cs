namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>
/// The lead events of one type, for changes that only the lead's log shows. The kind of the entries is the event's type. The index
/// <c>lead_events_in_time</c> serves every type but those that it excludes.
/// </summary>
internal sealed class EventEntries(string type) : ITimelineSource
{
    public string Name => type;

    public string At => "event.occurred_at";

    public string Key => "lpad(event.seq::text, 19, '0')";

    public string DeliveryId => "event.delivery_id";

    public string Data => "event.data";

    public string Rows => $"FROM lead_events AS event WHERE event.lead_id = $1 AND event.type = '{type}'";
}
