using JackAutomotive.WebhookApi.Outbound.Jobs;

namespace JackAutomotive.Tests.Outbound;

public sealed class JobIdsTests
{
    private readonly JobIds _ids = new();

    [Fact]
    public void Ids_of_one_millisecond_sort_in_the_order_of_their_creation()
    {
        var now = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

        var ids = Enumerable.Range(0, 1000).Select(_ => _ids.New(now)).ToList();

        // Postgres compares UUIDs byte by byte, as their text sorts.
        Assert.Equal(ids.OrderBy(id => id.ToString(), StringComparer.Ordinal), ids);
        Assert.All(ids, id => Assert.Equal(7, id.Version));
    }

    [Fact]
    public void A_later_millisecond_sorts_after_every_id_of_an_earlier_one()
    {
        var now = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
        var last = Enumerable.Range(0, 100).Select(_ => _ids.New(now)).Last();

        Assert.True(string.CompareOrdinal(_ids.New(now.AddMilliseconds(1)).ToString(), last.ToString()) > 0);
    }
}
