using System.Security.Cryptography;
using System.Text.Json;
using JackAutomotive.Analysis;
using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Analysis.Sources;

/// <summary>A stored conversation that is to be analysed.</summary>
/// <param name="Lead">The lead whose conversation it is.</param>
/// <param name="Kind">One of <see cref="AnalysisKind"/>.</param>
/// <param name="Subject">The conversation's id, or the MessageSid of the first text.</param>
/// <param name="Transcript">The turns.</param>
/// <param name="MessageSids">The MessageSid of each turn; empty for a call.</param>
internal sealed record AnalysisSource(LeadId Lead, string Kind, string Subject, Transcript Transcript, IReadOnlyList<string> MessageSids)
{
    /// <summary>The time of the last turn.</summary>
    public DateTimeOffset EndedAt => TimeOf(Transcript.Turns.Count - 1);

    /// <summary>The name of the channel in events: voice or sms.</summary>
    public string Channel => Kind == AnalysisKind.Call ? "voice" : "sms";

    /// <summary>The conversation's id; null for texts.</summary>
    public string? ConversationId => Kind == AnalysisKind.Call ? Subject : null;

    /// <summary>Returns the MessageSid of a turn; null for a call.</summary>
    public string? MessageSidOf(int turn) => MessageSids.Count > 0 ? MessageSids[turn] : null;

    /// <summary>Returns the time of a turn, UTC.</summary>
    public DateTimeOffset TimeOf(int turn) => Transcript.StartedAt.AddSeconds(Transcript.Turns[turn].OffsetSeconds).ToUniversalTime();

    /// <summary>Returns the SHA-256 of everything that the analysis depends on.</summary>
    public byte[] ComputeHash() => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new { Transcript.Turns, StartedAt = Transcript.StartedAt.ToUniversalTime(), Zone = Transcript.TimeZone.Id }, AnalysisJson.Options));
}
