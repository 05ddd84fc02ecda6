using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>
/// What a member of staff records about a lead:
/// <code>{"change": "opt_out", "scope": "call", "saidBy": "customer", "words": "Please only text me", "saidAt": "2026-11-24T15:00:00Z"}</code>
/// </summary>
/// <param name="IsOptOut">True for an opt-out, false for an opt-in.</param>
/// <param name="Scope">One of <see cref="ConsentScopes"/>; all by default.</param>
/// <param name="SaidBy">customer, relative or staff; staff by default.</param>
/// <param name="Words">The words, up to 500 characters.</param>
/// <param name="SaidAt">When it was said; null for now.</param>
internal sealed record ConsentRequest(bool? IsOptOut, string Scope, string SaidBy, string? Words, DateTimeOffset? SaidAt)
{
    private const int MaxWords = 500;

    /// <summary>Reads a request. Unknown fields are errors, because a field with a typing error would otherwise change nothing silently.</summary>
    public static ConsentRequest Read(JsonElement body, DateTimeOffset now, out Dictionary<string, string[]> errors)
    {
        var request = new ConsentRequest(null, ConsentScopes.All, ConsentSpeakers.Staff, null, null);
        errors = [];
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["It must be a JSON object."];
            return request;
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            if (request.With(name, RequestJson.TextOrNull(value), now) is { } next)
            {
                request = next;
            }
            else
            {
                errors[name] = [DescribeRule(name)];
            }
        }

        if (request.IsOptOut is null)
        {
            errors.TryAdd("change", [DescribeRule("change")]);
        }

        return request;
    }

    private ConsentRequest? With(string name, string? text, DateTimeOffset now) => name switch
    {
        "change" when text is "opt_out" or "opt_in" => this with { IsOptOut = text == "opt_out" },
        "scope" when text is ConsentScopes.All or ConsentScopes.Text or ConsentScopes.Call => this with { Scope = text },
        "saidBy" when text is ConsentSpeakers.Customer or ConsentSpeakers.Relative or ConsentSpeakers.Staff => this with { SaidBy = text },
        "words" when text is { Length: > 0 and <= MaxWords } && !text.Contains('\0') => this with { Words = text },
        "saidAt" when text is not null && Rfc3339.TryParse(text, out var time) && time <= now => this with { SaidAt = time.ToUniversalTime() },
        _ => null,
    };

    private static string DescribeRule(string field) => field switch
    {
        "change" => "It must be 'opt_out' or 'opt_in'.",
        "scope" => "It must be 'all', 'text' or 'call'.",
        "saidBy" => "It must be 'customer', 'relative' or 'staff'.",
        "words" => $"It must be a text of up to {MaxWords} characters.",
        "saidAt" => "It must be a time in the past with an offset, such as 2026-11-24T15:00:00Z.",
        _ => "There is no such field. The fields are change, scope, saidBy, words and saidAt.",
    };
}

/// <summary><c>POST /api/leads/{id}/consent</c></summary>
internal static class RecordConsent
{
    /// <summary>Records what a person said about contact, in the name of the API key.</summary>
    public static async Task<Results<Ok<ConsentDetails>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        ConsentLedger ledger,
        ConsentReader reader,
        UnitOfWorkFactory works,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var request = ConsentRequest.Read(body, now, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        await using (var work = await works.BeginAsync(deliveryId: null, cancellationToken))
        {
            if (!LeadId.TryParse(id, null, out var lead) || await LeadStore.FindCurrentAsync(work, lead, cancellationToken) is not { } current)
            {
                return Problems.NoSuchLead();
            }

            if (current != lead)
            {
                return Problems.LeadIsMerged(current);
            }

            var entry = new ConsentEntry(
                lead,
                Address: null,
                request.IsOptOut!.Value,
                request.Scope,
                request.SaidBy,
                ConsentSources.Staff,
                $"staff:{Guid.CreateVersion7(now)}",
                request.SaidAt ?? now)
            {
                Words = request.Words,
                RecordedBy = user.Identity?.Name,
            };
            await ledger.AddAsync(work, entry, cancellationToken);
            await work.CommitAsync(cancellationToken);
        }

        return await GetConsent.Handle(id, reader, cancellationToken) is { Result: Ok<ConsentDetails> details } ? details : Problems.NoSuchLead();
    }
}
