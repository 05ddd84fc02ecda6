using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Calls;

/// <summary>Raises the lead events about telephone calls.</summary>
internal static class CallEvents
{
    /// <summary>Raises the event that a call has a new status, or that its result has become known.</summary>
    /// <param name="work">The unit of work that stores the new state.</param>
    /// <param name="lead">The lead of the call.</param>
    /// <param name="callSid">Twilio's id of the call.</param>
    /// <param name="direction">Twilio's word for the direction.</param>
    /// <param name="state">The new state of the call.</param>
    /// <param name="at">When the call reached the new state.</param>
    public static void RaiseStatus(UnitOfWork work, LeadId lead, string callSid, string? direction, CallState state, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.CallStatus, at, new
        {
            CallSid = callSid,
            state.Status,
            Direction = direction,
            state.RingSeconds,
            state.TalkSeconds,
            state.AnsweredBy,
            state.SipResponseCode,
            state.Result?.Outcome,
            OutcomeReason = state.Result?.Reason,
            state.Result?.Mechanism,
        });
}
