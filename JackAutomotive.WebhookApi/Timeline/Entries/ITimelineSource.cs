using System.Text.Json.Nodes;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>
/// One source of entries of a lead's timeline. The timeline reads all sources with one statement. From each source it takes only as many rows
/// as the page has entries, so an index on the lead and <see cref="At"/> makes a page cheap however long the history is. A new source is one
/// class and one line in <see cref="EntriesFeature"/>.
/// </summary>
internal interface ITimelineSource
{
    /// <summary>The name of the source, which no other source has. With the key it is the id of an entry.</summary>
    string Name { get; }

    /// <summary>The kind of the entries, which clients see and filter by. Several sources may have one kind.</summary>
    string Kind => Name;

    /// <summary>SQL: when the entry happened. Never null.</summary>
    string At { get; }

    /// <summary>SQL: the text that identifies the entry within the source, and orders entries of the same time.</summary>
    string Key { get; }

    /// <summary>SQL: the id of the delivery that caused the entry; null if none is known.</summary>
    string DeliveryId { get; }

    /// <summary>SQL: the entry's own fields, as JSON.</summary>
    string Data { get; }

    /// <summary>SQL: the FROM and the WHERE of the entries. <c>$1</c> is the lead.</summary>
    string Rows { get; }

    /// <summary>Adds the fields that SQL cannot compute.</summary>
    JsonObject Complete(JsonObject data) => data;
}

/// <summary>Parts of the SQL of sources.</summary>
internal static class TimelineSql
{
    /// <summary>Returns the expression that writes a time as the API does, in UTC.</summary>
    public static string Time(string column) => $"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""";
}
