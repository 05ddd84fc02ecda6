using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Scoring.Facts;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring.Status;

/// <summary>
/// <c>POST /api/leads/{id}/status</c>: a person moves a lead.
/// <code>{"status": "appointment", "reason": "Agreed at the desk.", "appointmentAt": "2026-11-24T15:00:00Z"}</code>
/// <c>"noShow": true</c> with a move away from an appointment records that the lead did not come.
/// </summary>
internal static class ChangeStatus
{
    private const int MaxReasonLength = 500;

    /// <summary>Moves the lead and returns its standing. A request that changes nothing succeeds and leaves no trace.</summary>
    public static async Task<Results<Ok<StandingView>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        UnitOfWorkFactory unitsOfWork,
        LeadStatusStore statuses,
        StandingUpdater standings,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var request = Request.Read(body, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using (var work = await unitsOfWork.BeginAsync(null, cancellationToken))
        {
            if (await LeadFactsReader.ReadForUpdateAsync(work, lead, cancellationToken) is not { } stored)
            {
                return Problems.NoSuchLead();
            }

            // What follows from the facts comes first, so that the person moves the lead from where it is shown.
            var facts = await standings.MoveAsync(work, stored, cancellationToken);
            var before = facts.Status;
            if (FindError(before.Status, request) is { } error)
            {
                return TypedResults.ValidationProblem(new Dictionary<string, string[]> { [error.Field] = [error.Rule] });
            }

            var after = Apply(before, request, user.Identity?.Name ?? "", time.GetUtcNow());
            if (after != before)
            {
                await statuses.ChangeAsync(work, lead, before, after, causeDeliveryId: null, cancellationToken);
                await standings.UpdateAsync(work, [stored with { Facts = facts with { Status = after } }], cancellationToken);
                await work.CommitAsync(cancellationToken);
            }
        }

        return await GetStanding.FindAsync(database, lead, time, cancellationToken) is { } standing
            ? TypedResults.Ok(standing)
            : Problems.NoSuchLead();
    }

    private static (string Field, string Rule)? FindError(LeadStatus from, Request request)
    {
        if (request.IsNoShow && (from != LeadStatus.Appointment || request.Status == LeadStatus.Appointment))
        {
            return ("noShow", "Only a lead with the status appointment can fail to come, and then moves to another status.");
        }

        return request is { Reason: null, IsNoShow: false }
            && StatusRules.Check(from, request.Status, StatusActor.Person) == Permission.AllowedWithReason
                ? ("reason", $"A move from {from.ToName()} to {request.Status.ToName()} needs a reason.")
                : null;
    }

    private static StoredStatus Apply(StoredStatus before, Request request, string person, DateTimeOffset now)
    {
        var appointmentAt = request.Status == LeadStatus.Appointment
            ? request.AppointmentAt ?? (before.Status == LeadStatus.Appointment ? before.AppointmentAt : null)
            : null;
        if (request.Status == before.Status && appointmentAt == before.AppointmentAt)
        {
            return before;
        }

        var reason = request.Reason ?? (request.IsNoShow ? "The lead did not come." : null);
        return new StoredStatus(
            request.Status,
            now,
            StatusActor.Person.ToName(),
            person,
            reason,
            appointmentAt,
            before.NoShows + (request.IsNoShow ? 1 : 0),
            request.IsNoShow ? now : before.NoShowAt);
    }

    private sealed record Request(LeadStatus Status, string? Reason, DateTimeOffset? AppointmentAt, bool IsNoShow)
    {
        public static Request Read(JsonElement body, Dictionary<string, string[]> errors)
        {
            var (status, reason, appointmentAt, isNoShow) = ((LeadStatus?)null, (string?)null, (DateTimeOffset?)null, false);
            if (body.ValueKind != JsonValueKind.Object || !RequestJson.IsReadable(body))
            {
                errors["body"] = ["It must be a JSON object such as {\"status\": \"contacted\"}."];
                return new Request(LeadStatus.New, null, null, false);
            }

            foreach (var (name, value) in body.EnumerateObject().Select(property => (property.Name, property.Value)))
            {
                switch (name)
                {
                    case "status" when value.ValueKind == JsonValueKind.String && LeadStatuses.Find(value.GetString()!) is { } known:
                        status = known;
                        break;
                    case "status":
                        errors[name] = [$"It must be one of {string.Join(", ", LeadStatuses.Names)}."];
                        break;
                    case "reason" when value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: <= MaxReasonLength } text:
                        reason = text.Length == 0 ? null : Database.PlainText.Clean(text);
                        break;
                    case "appointmentAt" when value.ValueKind == JsonValueKind.String && Rfc3339.TryParse(value.GetString()!, out var at):
                        appointmentAt = new DateTimeOffset(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
                        break;
                    case "noShow" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                        isNoShow = value.GetBoolean();
                        break;
                    case "reason" or "appointmentAt" or "noShow" when value.ValueKind == JsonValueKind.Null:
                        break;
                    case "reason":
                        errors[name] = [$"It must be a text of at most {MaxReasonLength} characters."];
                        break;
                    case "appointmentAt":
                        errors[name] = ["It must be a time such as 2026-11-24T15:00:00Z, with an offset."];
                        break;
                    case "noShow":
                        errors[name] = ["It must be true or false."];
                        break;
                    default:
                        errors[name] = ["There is no such property. The properties are status, reason, appointmentAt and noShow."];
                        break;
                }
            }

            if (status is null && !errors.ContainsKey("status"))
            {
                errors["status"] = [$"It is missing. It must be one of {string.Join(", ", LeadStatuses.Names)}."];
            }
            else if (appointmentAt is not null && status is not null and not LeadStatus.Appointment)
            {
                errors["appointmentAt"] = ["Only the status appointment has it."];
            }

            return new Request(status ?? LeadStatus.New, reason, appointmentAt, isNoShow);
        }
    }
}
