using System.Text.RegularExpressions;
using JackAutomotive.Analysis;
using JackAutomotive.Contracts;

namespace JackAutomotive.Tests.Architecture;

/// <summary>Holds the code to the picture in docs/architecture.md.</summary>
public sealed partial class LayeringTests
{
    private const string WebhookApi = "JackAutomotive.WebhookApi";

    private static readonly string[] s_base = ["Telemetry", "Database", "Storage", "Events"];
    private static readonly string[] s_domain = ["Leads", "Messages", "Calls", "Conversations", "Identification", "Analysis", "Merging", "Staff", "History", "Profiles", "Consent", "Outbound", "Briefing"];

    /// <summary>The folders of WebhookApi, each with the folders that it may use. A folder may use only folders above it in this list.</summary>
    private static readonly (string Folder, string[] MayUse)[] s_layers =
    [
        ("Telemetry", []),
        ("Database", []),
        ("Storage", ["Telemetry", "Database"]),
        ("Events", ["Telemetry", "Database"]),
        ("Alerts", s_base),
        ("Inbox", [.. s_base, "Alerts"]),
        ("Leads", s_base),
        ("Messages", [.. s_base, "Leads"]),
        ("Calls", [.. s_base, "Leads"]),
        ("Conversations", [.. s_base, "Inbox", "Leads", "Calls"]),
        ("Identification", [.. s_base, "Leads", "Calls", "Conversations"]),
        ("Consent", [.. s_base, "Leads"]),
        ("Analysis", [.. s_base, "Inbox", "Leads", "Consent"]),
        ("Staff", [.. s_base, "Inbox", "Leads"]),
        ("History", s_base),
        ("Profiles", [.. s_base, "Leads", "History"]),
        ("Merging", [.. s_base, "Leads", "Identification", "Analysis", "Profiles"]),
        ("Briefing", [.. s_base, "Leads", "Conversations", "Analysis"]),
        ("Outbound", [.. s_base, "Alerts", "Leads", "Messages", "Calls", "Conversations", "Consent"]),
        ("Scoring", [.. s_base, "Inbox", "Leads", "Analysis", "History", "Profiles"]),
        ("Timeline", [.. s_base, .. s_domain]),
        ("Retention", [.. s_base, "Inbox"]),
        ("Erasure", [.. s_base, "Inbox", "Leads", "Identification", "Merging", "Retention"]),
        ("Intake", [.. s_base, "Inbox", "Alerts"]),
        ("Providers", [.. s_base, "Inbox", "Intake", .. s_domain]),
        ("Access", [.. s_base]),
        ("Admin", [.. s_base, "Inbox", "Leads", "Intake", "Providers"]),
    ];

    /// <summary>The tables, each with the folder that owns it and the folders that may read it for a report.</summary>
    private static readonly (string Table, string Owner, string[] Reports)[] s_tables =
    [
        ("inbox", "Inbox", ["Intake", "Admin", "Retention", "Leads"]),
        ("delivery_attempts", "Inbox", ["Admin"]),
        ("delivery_conflicts", "Inbox", ["Admin", "Retention"]),
        ("delivery_replays", "Inbox", ["Admin"]),
        ("rejected_deliveries", "Intake", ["Admin", "Retention"]),
        ("event_outbox", "Events", []),
        ("lead_events", "Events", ["Admin", "Timeline", "Scoring"]),
        ("lead_contacts", "Events", ["Timeline", "Merging"]),
        ("leads", "Leads", ["Events", "Timeline", "Conversations", "Analysis", "Merging", "Erasure", "History", "Profiles", "Scoring", "Consent", "Outbound", "Briefing"]),
        ("lead_addresses", "Leads", ["Timeline", "Conversations", "Erasure", "Scoring", "Consent", "Outbound", "Briefing"]),
        ("messages", "Messages", ["Conversations", "Analysis", "Admin", "Timeline", "Erasure", "Scoring", "Briefing"]),
        ("message_media", "Messages", ["Timeline"]),
        ("message_states", "Messages", ["Timeline", "Erasure", "Scoring"]),
        ("outbox_transactions", "Events", []),
        ("message_statuses", "Messages", []),
        ("calls", "Calls", ["Admin", "Timeline", "Merging", "Scoring", "Outbound"]),
        ("call_statuses", "Calls", []),
        ("call_conferences", "Calls", ["Leads"]),
        ("recordings", "Calls", ["Timeline", "Erasure"]),
        ("recording_statuses", "Calls", []),
        ("conversations", "Conversations", ["Admin", "Analysis", "Timeline", "Merging", "Scoring", "Briefing"]),
        ("conversation_turns", "Conversations", ["Analysis", "Timeline", "Scoring", "Briefing"]),
        ("conversation_audio", "Conversations", ["Retention", "Timeline", "Erasure"]),
        ("live_conversations", "Conversations", ["Timeline", "Merging", "Outbound", "Briefing"]),
        ("live_reports", "Conversations", ["Timeline", "Briefing"]),
        ("initiation_sessions", "Conversations", ["Timeline", "Merging", "Briefing"]),
        ("analysis_queue", "Analysis", ["Erasure"]),
        ("conversation_analyses", "Analysis", ["Timeline", "Leads", "Scoring", "Briefing"]),
        ("lead_sentiments", "Analysis", ["Briefing"]),
        ("opt_out_detections", "Analysis", ["Timeline", "Erasure", "Scoring", "Briefing"]),
        ("action_items", "Analysis", ["Timeline", "Scoring", "Briefing"]),
        ("call_failures", "Providers", ["Merging", "Scoring"]),
        ("staff", "Staff", ["Timeline"]),
        ("lead_notes", "Timeline", ["Briefing"]),
        ("lead_labels", "Timeline", []),
        ("lead_assignees", "Timeline", []),
        ("shared_addresses", "Leads", ["Briefing"]),
        ("erased_addresses", "Leads", ["Outbound"]),
        ("erased_contacts", "Leads", []),
        ("unassigned_contacts", "Identification", []),
        ("lead_merges", "Merging", ["Identification"]),
        ("lead_merge_rows", "Merging", []),
        ("erasures", "Erasure", []),
        ("lead_history", "History", []),
        ("lead_profile_values", "Profiles", []),
        ("lead_profile_fields", "Profiles", ["Scoring", "Briefing"]),
        ("lead_statuses", "Scoring", ["Outbound", "Timeline"]),
        ("lead_documents", "Scoring", []),
        ("lead_scores", "Scoring", ["Timeline"]),
        ("scoring_progress", "Scoring", []),
        ("consent_entries", "Consent", ["Outbound", "Erasure", "Briefing", "Scoring"]),
        ("undeliverable_addresses", "Outbound", ["Erasure"]),
        ("outbound_decisions", "Outbound", []),
        ("outbound_jobs", "Outbound", []),
        ("outbound_attempts", "Outbound", []),
        ("outbound_pace", "Outbound", []),
        ("alerts", "Alerts", []),
        ("api_keys", "Access", []),
        ("installation", "Database", []),
        ("schema_migrations", "Database", []),
    ];

    [Fact]
    public void Every_folder_of_the_webhook_API_has_its_place_in_the_layers() =>
        Assert.Equal(
            s_layers.Select(layer => layer.Folder).Append("Properties").Order(),
            Sources().Select(source => source.Folder).Append("Properties").Distinct().Order());

    [Fact]
    public void Layers_use_only_layers_that_come_before_them()
    {
        var before = new HashSet<string>();
        foreach (var (folder, mayUse) in s_layers)
        {
            Assert.Subset(before, mayUse.ToHashSet());
            before.Add(folder);
        }
    }

    [Fact]
    public void A_folder_uses_only_the_folders_that_its_layer_allows()
    {
        var allowed = s_layers.ToDictionary(layer => layer.Folder, layer => layer.MayUse);
        var violations = Sources().SelectMany(source => Reference().Matches(source.Text)
            .Select(match => match.Groups["folder"].Value)
            .Where(used => allowed.ContainsKey(used) && used != source.Folder && !allowed[source.Folder].Contains(used))
            .Select(used => $"{source.Path} uses {used}"));

        Assert.Empty(violations.Distinct());
    }

    [Fact]
    public void Only_the_owner_of_a_table_and_the_listed_reports_name_it_in_SQL()
    {
        var tables = s_tables.ToDictionary(table => table.Table);
        var named = Sources().SelectMany(source => TableName().Matches(source.Text)
            .Select(match => (Table: match.Groups["table"].Value, source.Folder, source.Path))
            .Where(use => tables.ContainsKey(use.Table))).ToList();

        Assert.Empty(named.Where(use => use.Folder != tables[use.Table].Owner && !tables[use.Table].Reports.Contains(use.Folder))
            .Select(use => $"{use.Path} names {use.Table}").Distinct());
        Assert.Equal(s_tables.Select(table => table.Table).Order(), named.Select(use => use.Table).Distinct().Order());
    }

    [Fact]
    public void The_contracts_depend_neither_on_ASP_NET_nor_on_SQL()
    {
        var references = typeof(LeadId).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();

        Assert.Contains("StackExchange.Redis", references);
        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
        Assert.DoesNotContain("Npgsql", references);
    }

    [Fact]
    public void The_analysis_depends_neither_on_ASP_NET_nor_on_SQL_nor_on_a_clock()
    {
        var references = typeof(RuleEngine).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!).ToList();

        Assert.DoesNotContain(references, name => name.StartsWith("Microsoft.", StringComparison.Ordinal));
        Assert.DoesNotContain(references, name => name.StartsWith("JackAutomotive", StringComparison.Ordinal));
        Assert.DoesNotContain("Npgsql", references);
        Assert.All(
            Checkout.Files().Where(path => path.StartsWith("JackAutomotive.Analysis/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal)),
            path => Assert.DoesNotMatch(Clock(), Checkout.Read(path)));
    }

    [Fact]
    public void No_source_is_compiled_twice_and_no_reference_has_an_alias()
    {
        var projects = Checkout.Files().Where(path => path.EndsWith(".csproj", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(projects);
        Assert.All(projects, path =>
        {
            Assert.DoesNotContain("<Compile Include=", Checkout.Read(path), StringComparison.Ordinal);
            Assert.DoesNotContain("Aliases=", Checkout.Read(path), StringComparison.Ordinal);
        });
    }

    private static List<(string Folder, string Path, string Text)> Sources()
    {
        var prefix = $"{WebhookApi}/";
        return
        [
            .. Checkout.Files()
                .Where(path => path.StartsWith(prefix, StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
                .Select(path => path[prefix.Length..])
                .Where(path => path.Contains('/', StringComparison.Ordinal))
                .Select(path => (path.Split('/')[0], path, Checkout.Read(prefix + path))),
        ];
    }

    [GeneratedRegex(@"UtcNow|DateTime(Offset)?\.(Now|Today)|SystemClock|TimeProvider|Stopwatch|Random\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bWebhookApi\.(?<folder>[A-Z]\w+)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"\b(FROM|INTO|UPDATE|JOIN|USING)\s+(?<table>[a-z_]+)\b")]
    private static partial Regex TableName();
}
