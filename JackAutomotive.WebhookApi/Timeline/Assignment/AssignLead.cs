using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Staff;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Assignment;

/// <summary>Who looks after a lead; null if nobody does.</summary>
internal sealed record LeadAssignee(AssigneeDetails? Assignee);

/// <summary><c>PUT /api/leads/{id}/assignee</c> with <c>{"staffId": "…"}</c>, and <c>DELETE /api/leads/{id}/assignee</c></summary>
internal static class AssignLead
{
    private const string Field = "staffId";

    /// <summary>Assigns a lead to an active member of staff. A repetition changes nothing.</summary>
    public static async Task<Results<Ok<LeadAssignee>, ValidationProblem, ProblemHttpResult>> Put(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        AssignmentStore assignments,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var staffId = ReadStaffId(body, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        if (await StaffStore.FindAsync(work.CreateCommand, staffId, cancellationToken) is not { IsActive: true } member)
        {
            return Invalid("There is no active member of staff with this id. GET /api/staff lists them.");
        }

        var assignee = await assignments.AssignAsync(work, lead, member, user.Identity?.Name ?? "", cancellationToken);
        await work.CommitAsync(cancellationToken);
        return TypedResults.Ok(new LeadAssignee(assignee));
    }

    /// <summary>Leaves a lead with nobody to look after it. A repetition changes nothing.</summary>
    public static async Task<Results<Ok<LeadAssignee>, ProblemHttpResult>> Delete(
        string id,
        ClaimsPrincipal user,
        AssignmentStore assignments,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        await assignments.AssignAsync(work, lead, assignee: null, user.Identity?.Name ?? "", cancellationToken);
        await work.CommitAsync(cancellationToken);
        return TypedResults.Ok(new LeadAssignee(null));
    }

    private static Guid ReadStaffId(JsonElement body, Dictionary<string, string[]> errors)
    {
        var staffId = Guid.Empty;
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["It must be a JSON object with staffId."];
            return staffId;
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body).Where(field => field.Name != Field))
        {
            errors[name] = ["There is no such field. The field is staffId."];
        }

        if (!body.TryGetProperty(Field, out var given) || !Guid.TryParse(RequestJson.TextOrNull(given), out staffId))
        {
            errors[Field] = ["It must be the id of a member of staff."];
        }

        return staffId;
    }

    private static ValidationProblem Invalid(string message) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { [Field] = [message] });
}
