using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Timeline;

/// <summary>What our own people do with a lead: notes, labels and assignment.</summary>
public sealed class PeopleTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Key = "JACK_API_KEY";

    private readonly LeadDriver _leads = new(fixture);

    [Fact]
    public async Task A_note_is_written_changed_and_removed_and_only_changes_raise_events()
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        var path = $"/api/leads/{lead}/notes";

        var note = await _leads.SendAsync(HttpMethod.Post, path, new JsonObject { ["text"] = "Prefers blue." }, HttpStatusCode.Created);
        var one = $"{path}/{note["id"]}";
        Assert.Equal(("Prefers blue.", Key, false, null), ((string?)note["text"], (string?)note["author"], (bool)note["pinned"]!, (string?)note["editedBy"]));
        Assert.Equal(note.ToJsonString(), (await _leads.GetAsync(one)).ToJsonString());

        await _leads.SendAsync(HttpMethod.Patch, one, new JsonObject { ["text"] = "Prefers blue." });
        Assert.Empty(await _leads.EventsAsync(lead, "note_changed"));
        var changed = await _leads.SendAsync(HttpMethod.Patch, one, new JsonObject { ["text"] = "Prefers red.", ["pinned"] = true });
        Assert.Equal(("Prefers red.", true, Key), ((string?)changed["text"], (bool)changed["pinned"]!, (string?)changed["editedBy"]));
        Assert.Equal(["Prefers red."], (await _leads.TimelineAsync(lead, "kind=note")).Select(entry => (string?)entry["data"]!["text"]));

        await _leads.SendAsync(HttpMethod.Delete, one, status: HttpStatusCode.NoContent);
        await _leads.RefuseAsync(HttpMethod.Delete, one, HttpStatusCode.NotFound);
        await _leads.RefuseAsync(HttpMethod.Get, one, HttpStatusCode.NotFound);

        var events = new[] { "note_added", "note_changed", "note_removed" };
        foreach (var type in events)
        {
            var data = Assert.Single(await _leads.EventsAsync(lead, type));
            Assert.Equal((string?)note["id"], (string?)data["noteId"]);
            Assert.DoesNotContain("Prefers", data.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Notes_are_listed_pinned_ones_first_then_newest_first_page_by_page()
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        foreach (var (text, isPinned) in new[] { ("one", true), ("two", false), ("three", false), ("four", true) })
        {
            await _leads.SendAsync(
                HttpMethod.Post, $"/api/leads/{lead}/notes", new JsonObject { ["text"] = text, ["pinned"] = isPinned }, HttpStatusCode.Created);
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        var first = await _leads.GetAsync($"/api/leads/{lead}/notes?limit=3");
        var second = await _leads.GetAsync($"/api/leads/{lead}/notes?limit=3&before={first["next"]}");

        Assert.Equal(["four", "one", "three"], first["items"]!.AsArray().Select(note => (string?)note!["text"]));
        Assert.Equal(["two"], second["items"]!.AsArray().Select(note => (string?)note!["text"]));
        Assert.Null(second["next"]);
    }

    [Fact]
    public async Task A_note_belongs_to_its_lead()
    {
        var (lead, other) = (await _leads.TextAsync(IncomingSmsDriver.NewNumber()), await _leads.TextAsync(IncomingSmsDriver.NewNumber()));
        var note = await _leads.SendAsync(HttpMethod.Post, $"/api/leads/{lead}/notes", new JsonObject { ["text"] = "Hi" }, HttpStatusCode.Created);

        await _leads.RefuseAsync(HttpMethod.Get, $"/api/leads/{other}/notes/{note["id"]}", HttpStatusCode.NotFound);
        await _leads.RefuseAsync(HttpMethod.Delete, $"/api/leads/{other}/notes/{note["id"]}", HttpStatusCode.NotFound);
        await _leads.RefuseAsync(
            HttpMethod.Patch, $"/api/leads/{other}/notes/{note["id"]}", HttpStatusCode.NotFound, new JsonObject { ["pinned"] = true });
    }

    [Theory]
    [InlineData("text", """{"text": ""}""")]
    [InlineData("text", """{"text": "  "}""")]
    [InlineData("text", """{"text": 1}""")]
    [InlineData("text", """{"text": "a\u0000b"}""")]
    [InlineData("text", """{"pinned": true}""")]
    [InlineData("pinned", """{"text": "a", "pinned": "yes"}""")]
    [InlineData("txt", """{"text": "a", "txt": "a"}""")]
    [InlineData("body", "[]")]
    public async Task A_wrong_note_names_its_field(string field, string body)
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());

        var problem = await _leads.RefuseAsync(HttpMethod.Post, $"/api/leads/{lead}/notes", HttpStatusCode.BadRequest, JsonNode.Parse(body));

        Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
        await _leads.RefuseAsync(
            HttpMethod.Post, $"/api/leads/{lead}/notes", HttpStatusCode.BadRequest, new JsonObject { ["text"] = new string('a', 4001) });
    }

    [Fact]
    public async Task A_label_is_one_in_every_spelling_and_only_a_change_raises_an_event()
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        var path = $"/api/leads/{lead}/labels";
        var label = $"trade in {Guid.NewGuid():N}";

        await _leads.SendAsync(HttpMethod.Put, $"{path}/{Uri.EscapeDataString(label)}");
        var again = await _leads.SendAsync(HttpMethod.Put, $"{path}/{Uri.EscapeDataString($" {label.ToUpperInvariant()} ")}");
        Assert.Equal([label], again["labels"]!.AsArray().Select(name => (string?)name));
        Assert.Equal([lead], await _leads.ListAsync($"label={Uri.EscapeDataString(label)}"));
        Assert.Equal([label], (await _leads.GetAsync($"/api/leads/{lead}"))["labels"]!.AsArray().Select(name => (string?)name));
        Assert.Equal(1, (int)(await _leads.GetAsync("/api/labels"))["items"]!.AsArray().Single(item => (string?)item!["label"] == label)!["leads"]!);

        await _leads.SendAsync(HttpMethod.Delete, $"{path}/{Uri.EscapeDataString(label)}");
        await _leads.SendAsync(HttpMethod.Delete, $"{path}/{Uri.EscapeDataString(label)}");

        Assert.Equal([label, null], (await _leads.EventsAsync(lead, "labels_changed")).Select(data => (string?)data["added"]));
        Assert.Empty(await _leads.ListAsync($"label={Uri.EscapeDataString(label)}"));
        Assert.Equal(2, (await _leads.TimelineAsync(lead, "kind=labels_changed")).Count);
    }

    [Fact]
    public async Task A_lead_with_several_labels_is_found_by_all_of_them_together()
    {
        var (lead, other) = (await _leads.TextAsync(IncomingSmsDriver.NewNumber()), await _leads.TextAsync(IncomingSmsDriver.NewNumber()));
        await _leads.SendAsync(HttpMethod.Put, $"/api/leads/{lead}/labels/north");
        await _leads.SendAsync(HttpMethod.Put, $"/api/leads/{lead}/labels/truck");
        await _leads.SendAsync(HttpMethod.Put, $"/api/leads/{other}/labels/north");

        Assert.Equal([other, lead], await _leads.ListAsync("label=North"));
        Assert.Equal([lead], await _leads.ListAsync("label=north&label=truck"));
    }

    [Fact]
    public async Task A_lead_is_assigned_to_an_active_member_of_staff_and_only_a_change_raises_an_event()
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());
        var (ann, ben) = (await AddStaffAsync("Ann"), await AddStaffAsync("Ben"));
        var path = $"/api/leads/{lead}/assignee";

        await _leads.SendAsync(HttpMethod.Put, path, new JsonObject { ["staffId"] = ann });
        var assigned = await _leads.SendAsync(HttpMethod.Put, path, new JsonObject { ["staffId"] = ann });
        Assert.Equal(("Ann", Key), ((string?)assigned["assignee"]!["name"], (string?)assigned["assignee"]!["assignedBy"]));
        Assert.Equal([lead], await _leads.ListAsync($"assignee={ann}"));
        Assert.DoesNotContain(lead, await _leads.ListAsync("assignee=none"));

        await _leads.SendAsync(HttpMethod.Put, path, new JsonObject { ["staffId"] = ben });
        Assert.Equal("Ben", (string?)(await _leads.GetAsync($"/api/leads/{lead}"))["assignee"]!["name"]);
        await _leads.SendAsync(HttpMethod.Delete, path);
        await _leads.SendAsync(HttpMethod.Delete, path);

        Assert.Equal(
            [("Ann", null), ("Ben", "Ann"), (null, "Ben")],
            (await _leads.EventsAsync(lead, "lead_assigned")).Select(data => ((string?)data["name"], (string?)data["previousName"])));
        Assert.Contains(lead, await _leads.ListAsync("assignee=none"));
    }

    [Fact]
    public async Task Nobody_is_assigned_to_a_person_who_has_left_and_old_assignments_stay()
    {
        var (lead, other) = (await _leads.TextAsync(IncomingSmsDriver.NewNumber()), await _leads.TextAsync(IncomingSmsDriver.NewNumber()));
        var ann = await AddStaffAsync("Ann");
        await _leads.SendAsync(HttpMethod.Put, $"/api/leads/{lead}/assignee", new JsonObject { ["staffId"] = ann });

        await _leads.SendAsync(HttpMethod.Patch, $"/api/staff/{ann}", new JsonObject { ["active"] = false });

        var problem = await _leads.RefuseAsync(
            HttpMethod.Put, $"/api/leads/{other}/assignee", HttpStatusCode.BadRequest, new JsonObject { ["staffId"] = ann });
        Assert.NotNull(problem["errors"]!["staffId"]);
        Assert.False((bool)(await _leads.GetAsync($"/api/leads/{lead}"))["assignee"]!["isActive"]!);
    }

    [Theory]
    [InlineData("PUT", "labels/hot")]
    [InlineData("DELETE", "labels/hot")]
    [InlineData("DELETE", "assignee")]
    [InlineData("DELETE", "notes/01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48")]
    public async Task An_unknown_lead_is_not_found(string method, string path)
    {
        await _leads.RefuseAsync(new HttpMethod(method), $"/api/leads/01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48/{path}", HttpStatusCode.NotFound);
        await _leads.RefuseAsync(new HttpMethod(method), $"/api/leads/nonsense/{path}", HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("a%0Ab")]
    [InlineData("%3Cb%3E")]
    [InlineData("---")]
    public async Task A_wrong_label_is_refused(string label)
    {
        var lead = await _leads.TextAsync(IncomingSmsDriver.NewNumber());

        await _leads.RefuseAsync(HttpMethod.Put, $"/api/leads/{lead}/labels/{label}", HttpStatusCode.BadRequest);
    }

    private async Task<string> AddStaffAsync(string name) =>
        (string)(await _leads.SendAsync(HttpMethod.Post, "/api/staff", new JsonObject { ["name"] = name }, HttpStatusCode.Created))["id"]!;
}
