using JackAutomotive.ProviderSimulator.Apis;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>What the account has sent, in memory.</summary>
internal sealed class TwilioAccount
{
    public Records<TextMessage> Texts { get; } = new(text => text.Sid);

    public Records<PhoneCall> Calls { get; } = new(call => call.Sid);

    public Records<CallRecording> Recordings { get; } = new(recording => recording.Sid);

    /// <summary>Adds a finished call with its recording, so that the API knows the calls that commands play.</summary>
    public void Add(TelephoneCall telephone, IEnumerable<TwilioCallback> callbacks)
    {
        var (from, to) = telephone.IsInbound ? (telephone.Customer, telephone.Dealership) : (telephone.Dealership, telephone.Customer);
        var startedAt = telephone.EndedAt.AddSeconds(-telephone.DurationSeconds);
        Calls.Add(new PhoneCall(telephone.CallSid, to, from, startedAt) { Direction = telephone.IsInbound ? "inbound" : "outbound-api" });
        foreach (var callback in callbacks)
        {
            Apply(callback, telephone.CallSid, telephone.EndedAt);
        }
    }

    /// <summary>Changes the account's records as a callback of a call reports it.</summary>
    public void Apply(TwilioCallback callback, string callSid, DateTimeOffset at)
    {
        if (callback.Kind != "recording")
        {
            Calls.Change(callSid, call => call.After(callback, at));
        }
        else if (Recordings.Find(callback.Id) is null)
        {
            Recordings.Add(new CallRecording(callback.Id, callSid, at));
        }
        else
        {
            Recordings.Change(callback.Id, recording => recording with
            {
                Status = "completed",
                DurationSeconds = Calls.Find(callSid)?.DurationSeconds ?? 0,
            });
        }
    }
}
