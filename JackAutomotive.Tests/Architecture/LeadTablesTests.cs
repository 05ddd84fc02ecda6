using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Architecture;

/// <summary>Merging and erasing leads know every table with rows of leads.</summary>
public sealed class LeadTablesTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private static readonly IEnumerable<string> s_columns = LeadTables.All.Select(table => $"{table.Name}.{table.Column}");

    [Fact]
    public async Task Every_column_with_the_id_of_a_lead_is_listed()
    {
        var columns = await fixture.ListAsync<string>(
            """
            SELECT table_name || '.' || column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND data_type = 'uuid' AND column_name ~ '(^|_)lead(_id)?$|^(gone|stays)_id$'
            ORDER BY 1
            """);

        Assert.Empty(columns.Except(s_columns).Except(LeadTables.OtherColumns));
    }

    [Fact]
    public async Task Every_foreign_key_to_the_leads_is_listed()
    {
        var columns = await fixture.ListAsync<string>(
            """
            SELECT conrelid::regclass::text || '.' || attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
            WHERE contype = 'f' AND confrelid = 'leads'::regclass
            """);

        Assert.Empty(columns.Except(s_columns));
        Assert.Empty(LeadTables.All.Where(table => table.OnMerge != RowsOnMerge.Stay).Select(table => $"{table.Name}.{table.Column}").Except(columns));
    }

    [Fact]
    public async Task The_listed_keys_are_the_primary_keys()
    {
        var keys = await fixture.ListAsync<string>(
            """
            SELECT conrelid::regclass::text || ': ' || string_agg(attname, ', ' ORDER BY array_position(conkey, attnum))
            FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
            WHERE contype = 'p' GROUP BY conrelid
            """);

        Assert.Empty(LeadTables.All.Select(table => $"{table.Name}: {table.Key}").Except(keys));
    }

    [Fact]
    public void A_table_whose_key_contains_the_lead_joins_its_rows() =>
        Assert.All(
            LeadTables.All.Where(table => table.OnMerge != RowsOnMerge.Stay),
            table => Assert.Equal(table.Key.Split(", ").Contains(table.Column), table.OnMerge == RowsOnMerge.Join));
}
