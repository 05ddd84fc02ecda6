using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>What is told of telephone calls.</summary>
internal static class CallEvents
{
    /// <summary>A call got further.</summary>
    /// <param name="work">The work that stored it.</param>
    /// <param name="lead">Whose call it is.</param>
    /// <param name="sid">Twilio's id of the call.</param>
    /// <param name="direction">As Twilio says it.</param>
    /// <param name="state">How the call stands now.</param>
    /// <param name="at">When it got there.</param>
    public static void RaiseStatus(UnitOfWork work, LeadId lead, string sid, string? direction, CallState state, DateTimeOffset at) =>
        work.Raise(lead, LeadEventTypes.CallStatus, at, new
        {
            CallSid = sid,
            state.Status,
            Direction = direction,
            state.RingSeconds,
            state.TalkSeconds,
            state.AnsweredBy,
        });
}
