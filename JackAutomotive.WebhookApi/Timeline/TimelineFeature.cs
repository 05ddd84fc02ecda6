using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Timeline.Assignment;
using JackAutomotive.WebhookApi.Timeline.Entries;
using JackAutomotive.WebhookApi.Timeline.Labels;
using JackAutomotive.WebhookApi.Timeline.List;
using JackAutomotive.WebhookApi.Timeline.Notes;

namespace JackAutomotive.WebhookApi.Timeline;

internal static class TimelineFeature
{
    public static void AddTimeline(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LeadReader>();
        builder.Services.AddSingleton<LeadWatchersReader>();
        builder.Services.AddSingleton<NoteStore>();
        builder.Services.AddSingleton<LabelStore>();
        builder.Services.AddSingleton<AssignmentStore>();
        builder.Services.AddEntries();
    }

    public static void MapTimeline(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads").WithTags("Leads").RequireAuthorization(ApiKeys.Read);

        group.MapGet("", ListLeads.Handle);
        group.MapGet("/{id}", GetLead.Handle);
        group.MapGet("/{id}/timeline", GetTimeline.Handle);
        group.MapGet("/{id}/notes", GetNotes.List);
        group.MapGet("/{id}/notes/{noteId}", GetNotes.Get);
        routes.MapGet("/api/labels", ListLabels.Handle).WithTags("Leads").RequireAuthorization(ApiKeys.Read);

        var changes = routes.MapGroup("/api/leads/{id}").WithTags("Leads").RequireAuthorization(ApiKeys.Write);

        changes.MapPost("/notes", AddNote.Handle);
        changes.MapPatch("/notes/{noteId}", ChangeNote.Handle);
        changes.MapDelete("/notes/{noteId}", RemoveNote.Handle);
        changes.MapPut("/labels/{label}", ChangeLabel.Put);
        changes.MapDelete("/labels/{label}", ChangeLabel.Delete);
        changes.MapPut("/assignee", AssignLead.Put);
        changes.MapDelete("/assignee", AssignLead.Delete);
    }
}
