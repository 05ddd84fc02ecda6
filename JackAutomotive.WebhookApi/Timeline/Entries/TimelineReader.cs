using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>An entry of a lead's timeline.</summary>
/// <param name="Id">Identifies the entry in all pages of the timeline.</param>
/// <param name="Kind">What the entry is: text, turn, call and so on.</param>
/// <param name="At">When it happened, UTC.</param>
/// <param name="DeliveryId">The delivery that caused the entry, see <c>GET /api/deliveries/{id}</c>; null if none did.</param>
/// <param name="Data">The fields of the kind.</param>
internal sealed record TimelineEntry(string Id, string Kind, DateTimeOffset At, long? DeliveryId, JsonObject Data);

/// <summary>The place of an entry in the timeline. Entries of the same time are ordered by their source and then by their key.</summary>
/// <param name="At">When the entry happened.</param>
/// <param name="Source">The name of the entry's source.</param>
/// <param name="Key">The entry's key within its source.</param>
internal sealed record TimelinePlace(DateTimeOffset At, string Source, string Key)
{
    public string ToCursor() => PageCursor.Write(At.UtcTicks.ToString(CultureInfo.InvariantCulture), Source, Key);

    public static TimelinePlace? TryParse(string cursor) =>
        PageCursor.TryRead(cursor, 3) is [var ticks, var source, var key]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var utcTicks)
        && utcTicks <= DateTime.MaxValue.Ticks
            ? new TimelinePlace(new DateTimeOffset(utcTicks, TimeSpan.Zero), source, key)
            : null;
}

/// <summary>The part of a timeline that a page shows.</summary>
/// <param name="Kinds">The kinds of entries; all kinds if empty.</param>
/// <param name="IsNewestFirst">Whether the newest entries come first.</param>
/// <param name="After">The last entry of the previous page; null for the first page.</param>
/// <param name="Limit">The maximum number of entries.</param>
internal sealed record TimelinePart(IReadOnlyCollection<string> Kinds, bool IsNewestFirst, TimelinePlace? After, int Limit);

/// <summary>Reads the timelines of leads, from all sources with one statement.</summary>
internal sealed class TimelineReader(NpgsqlDataSource database, IEnumerable<ITimelineSource> sources)
{
    private readonly ITimelineSource[] _sources = [.. sources];

    /// <summary>The kinds of entries.</summary>
    public IReadOnlyList<string> Kinds => [.. _sources.Select(source => source.Kind).Distinct()];

    /// <summary>Returns whether the place belongs to a source of this program.</summary>
    public bool Knows(TimelinePlace place) => _sources.Any(source => source.Name == place.Source);

    /// <summary>Reads a part of a lead's timeline. Returns no entries for an unknown lead.</summary>
    public async Task<IReadOnlyList<(TimelinePlace Place, TimelineEntry Entry)>> ReadAsync(
        LeadId lead,
        TimelinePart part,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(BuildSql(part));
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddInteger(part.Limit);
        if (part.After is { } place)
        {
            command.Parameters.AddTimestamp(place.At);
            command.Parameters.AddText(place.Key);
        }

        return await command.ReadAllAsync(ReadEntry, cancellationToken);
    }

    /// <summary>
    /// Builds the statement. Each source contributes at most as many rows as the page has entries. The condition on the place differs by the
    /// source's rank, so that each source can find its first row by an index.
    /// </summary>
    internal string BuildSql(TimelinePart part)
    {
        var direction = part.IsNewestFirst ? "DESC" : "ASC";
        var placeRank = part.After is { } place ? Array.FindIndex(_sources, source => source.Name == place.Source) : -1;
        var sql = new StringBuilder("-- timeline\nSELECT rank, key, at, delivery_id, data FROM (");
        var isFirst = true;
        for (var rank = 0; rank < _sources.Length; rank++)
        {
            var source = _sources[rank];
            if (part.Kinds.Count > 0 && !part.Kinds.Contains(source.Kind))
            {
                continue;
            }

            var key = $"({source.Key}) COLLATE \"C\"";
            var condition = part.After is null ? "" : $" AND {BuildCondition(source.At, key, rank.CompareTo(placeRank), part.IsNewestFirst)}";
            sql.Append(CultureInfo.InvariantCulture, $"""
                {(isFirst ? "" : "\nUNION ALL")}
                (SELECT {rank} AS rank, {key} AS key, {source.At} AS at, {source.DeliveryId}::bigint AS delivery_id, ({source.Data})::text AS data
                {source.Rows}{condition}
                ORDER BY {source.At} {direction}, {key} {direction} LIMIT $2)
                """);
            isFirst = false;
        }

        return sql.Append(CultureInfo.InvariantCulture, $") AS entry ORDER BY at {direction}, rank {direction}, key {direction} LIMIT $2").ToString();
    }

    // Which rows of a source come after the place: $3 is the time, $4 the key within the source of the place.
    private static string BuildCondition(string at, string key, int comparedRank, bool isNewestFirst)
    {
        var beyond = isNewestFirst ? '<' : '>';
        return comparedRank == 0 ? $"({at}, {key}) {beyond} ($3, $4)"
            : comparedRank < 0 == isNewestFirst ? $"{at} {beyond}= $3"
            : $"{at} {beyond} $3";
    }

    private (TimelinePlace Place, TimelineEntry Entry) ReadEntry(NpgsqlDataReader row)
    {
        var source = _sources[row.GetInt32(0)];
        var (key, at) = (row.GetString(1), row.GetTimeOrNull(2)!.Value);
        var data = source.Complete(JsonNode.Parse(row.GetString(4))!.AsObject());
        return (
            new TimelinePlace(at, source.Name, key),
            new TimelineEntry($"{source.Name}:{key}", source.Kind, at, row.IsDBNull(3) ? null : row.GetInt64(3), data));
    }
}
