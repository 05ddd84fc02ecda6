using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>Raises the lead events about texts and calls that go out.</summary>
internal static class OutboundEvents
{
    /// <summary>Raises the event that a job has a new state.</summary>
    public static void RaiseUpdated(
        UnitOfWork work,
        LeadId lead,
        Guid jobId,
        string kind,
        string state,
        DateTimeOffset at,
        string? reason = null,
        string? gate = null,
        DateTimeOffset? dueAt = null,
        Guid? causedBy = null) =>
        work.Raise(lead, LeadEventTypes.OutboundUpdated, at, new
        {
            JobId = jobId,
            Kind = kind,
            State = state,
            Reason = reason,
            Gate = gate,
            DueAt = dueAt,
            CausedBy = causedBy,
        });

    /// <summary>Raises the event that Twilio has accepted a text.</summary>
    public static void RaiseSmsSent(UnitOfWork work, OutboundJob job, int attempt, string messageSid, string? from, DateTimeOffset at) =>
        work.Raise(job.Lead, LeadEventTypes.SmsSent, at, new
        {
            JobId = job.Id,
            Attempt = attempt,
            MessageSid = messageSid,
            job.Channel,
            From = from,
            To = job.Address.Text,
            Body = job.Content.Body ?? "",
            Media = job.Content.MediaUrls.Select(url => new { Url = url }),
        });

    /// <summary>Raises the event that the voice agent dials the lead.</summary>
    public static void RaiseCallRequested(UnitOfWork work, OutboundJob job, int attempt, SendResult.Accepted accepted, DateTimeOffset at) =>
        work.Raise(job.Lead, LeadEventTypes.CallRequested, at, new
        {
            JobId = job.Id,
            Attempt = attempt,
            ConversationId = accepted.ProviderId,
            accepted.CallSid,
            Reason = job.Content.CallReason,
        });
}
