using System.Globalization;
using System.Text.Json;
using JackAutomotive.WebhookApi.Calls;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// What a webhook about a call that did not come about says beyond its conversation. With a telephone number of Twilio's the body of
/// the metadata are Twilio's own status-callback fields, all of them text:
/// <code>
/// "failure_reason":"no-answer","metadata":{"type":"twilio","body":{
///   "CallSid":"CA…","CallStatus":"no-answer","SequenceNumber":"2","Timestamp":"Mon, 23 Nov 2026 12:00:00 +0000",
///   "From":"+1…","To":"+1…","Direction":"outbound-api","SipResponseCode":"487"}}
/// </code>
/// and with a SIP trunk:
/// <code>
/// "failure_reason":"busy","metadata":{"type":"sip","body":{
///   "from_number":"+1…","to_number":"+1…","sip_status_code":486,"error_reason":"Busy Here","call_sid":"…"}}
/// </code>
/// </summary>
/// <param name="Reason">busy, no-answer or unknown; null if it is not said.</param>
/// <param name="ErrorReason">In words; SIP only.</param>
/// <param name="CallSid">The telephone call, if there was one.</param>
/// <param name="Report">How it stands now.</param>
/// <param name="Parties">Who was to talk to whom; we call.</param>
internal sealed record CallFailurePayload(string? Reason, string? ErrorReason, string? CallSid, CallReport Report, CallParties Parties)
{
    private const int MaxIdLength = 64;
    private const string Outbound = "outbound-api";

    /// <summary>Reads the webhook's data.</summary>
    public static CallFailurePayload Parse(JsonElement? data)
    {
        var reason = Id(data, "failure_reason");
        var metadata = data.Field("metadata");
        var body = metadata.Field("body");
        return metadata.Word("type") == "sip" ? OfSip(reason, body) : OfTwilio(reason, body);
    }

    private static CallFailurePayload OfTwilio(string? reason, JsonElement? body) => new(
        reason,
        ErrorReason: null,
        Id(body, "CallSid"),
        new CallReport(
            Id(body, "CallStatus") is { } status && CallProgress.RankOf(status) >= 0 ? status : StatusOf(reason),
            WholeNumber(body, "SequenceNumber") ?? CallReport.NoSequence,
            Time(body, "Timestamp"),
            WholeNumber(body, "CallDuration"),
            Id(body, "AnsweredBy"),
            Id(body, "SipResponseCode")),
        new CallParties(Id(body, "Direction") ?? Outbound, body.Word("From"), body.Word("To"), Id(body, "ParentCallSid")));

    private static CallFailurePayload OfSip(string? reason, JsonElement? body) => new(
        reason,
        body.Word("error_reason"),
        Id(body, "call_sid"),
        new CallReport(StatusOf(reason), SipResponseCode: Id(body, "sip_status_code")),
        new CallParties(Outbound, body.Word("from_number"), body.Word("to_number"), ParentCallSid: null));

    private static string StatusOf(string? reason) => reason is "busy" or "no-answer" ? reason : "failed";

    private static string? Id(JsonElement? json, string name) => json.Word(name) is { Length: <= MaxIdLength } id ? id : null;

    private static int? WholeNumber(JsonElement? json, string name) =>
        int.TryParse(json.Word(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset? Time(JsonElement? json, string name) =>
        DateTimeOffset.TryParse(json.Word(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
