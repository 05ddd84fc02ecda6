using System.Text.Json;
using JackAutomotive.WebhookApi.Calls;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// The fields of a call-initiation-failure webhook: ElevenLabs tried to call a lead, and the call was not established. For a Twilio telephone
/// number, metadata.body contains Twilio's own status-callback fields, all of them as text:
/// <code>
/// "failure_reason":"no-answer","metadata":{"type":"twilio","body":{
///   "CallSid":"CA…","CallStatus":"no-answer","SequenceNumber":"2","Timestamp":"Mon, 23 Nov 2026 12:00:00 +0000",
///   "From":"+1…","To":"+1…","Direction":"outbound-api","SipResponseCode":"487"}}
/// </code>
/// For a SIP trunk:
/// <code>
/// "failure_reason":"busy","metadata":{"type":"sip","body":{
///   "from_number":"+1…","to_number":"+1…","sip_status_code":486,"error_reason":"Busy Here","call_sid":"…"}}
/// </code>
/// </summary>
/// <param name="Reason">busy, no-answer or unknown; null if the webhook contains no reason.</param>
/// <param name="ErrorReason">The failure in words; SIP only.</param>
/// <param name="CallSid">The id of the telephone call; null if the provider created none.</param>
/// <param name="Report">The status of the telephone call.</param>
/// <param name="Parties">The caller and the called party; our side is the caller.</param>
internal sealed record CallFailurePayload(string? Reason, string? ErrorReason, string? CallSid, CallReport Report, CallParties Parties)
{
    private const int MaxShortTextLength = 64;
    private const string Outbound = "outbound-api";

    /// <summary>Parses the data object of the webhook.</summary>
    public static CallFailurePayload Parse(JsonElement? data)
    {
        var reason = ReadShortText(data, "failure_reason");
        var metadata = data.ReadField("metadata");
        var body = metadata.ReadField("body");
        return metadata.ReadTrimmedText("type") == "sip" ? ParseSip(reason, body) : ParseTwilio(reason, body);
    }

    private static CallFailurePayload ParseTwilio(string? reason, JsonElement? body) => new(
        reason,
        ErrorReason: null,
        ReadShortText(body, "CallSid"),
        new CallReport(
            ReadShortText(body, "CallStatus") is { } status && CallProgress.RankOf(status) >= 0 ? status : ToCallStatus(reason),
            body.ReadWholeNumber("SequenceNumber") ?? CallReport.NoSequence,
            body.ReadTime("Timestamp"),
            body.ReadDuration("CallDuration"),
            ReadShortText(body, "AnsweredBy"),
            ReadShortText(body, "SipResponseCode")),
        new CallParties(
            ReadShortText(body, "Direction") ?? Outbound,
            body.ReadTrimmedText("From"),
            body.ReadTrimmedText("To"),
            ReadShortText(body, "ParentCallSid")));

    private static CallFailurePayload ParseSip(string? reason, JsonElement? body) => new(
        reason,
        body.ReadTrimmedText("error_reason"),
        ReadShortText(body, "call_sid"),
        new CallReport(ToCallStatus(reason), SipResponseCode: ReadShortText(body, "sip_status_code")),
        new CallParties(Outbound, body.ReadTrimmedText("from_number"), body.ReadTrimmedText("to_number"), ParentCallSid: null));

    private static string ToCallStatus(string? reason) => reason is "busy" or "no-answer" ? reason : "failed";

    private static string? ReadShortText(JsonElement? json, string name) =>
        json.ReadTrimmedText(name) is { Length: <= MaxShortTextLength } text ? text : null;
}
