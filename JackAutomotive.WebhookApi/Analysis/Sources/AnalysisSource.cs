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
/// <param name="Texts">The text of each turn; empty for a call.</param>
internal sealed record AnalysisSource(LeadId Lead, string Kind, string Subject, Transcript Transcript, IReadOnlyList<SourceText> Texts)
{
    /// <summary>The time of the last turn.</summary>
    public DateTimeOffset EndedAt => TimeOf(Transcript.Turns.Count - 1);

    /// <summary>The MessageSid of each turn; empty for a call.</summary>
    public IReadOnlyList<string> MessageSids { get; } = [.. Texts.Select(text => text.MessageSid)];

    /// <summary>The conversation's id; null for texts.</summary>
    public string? ConversationId => Kind == AnalysisKind.Call ? Subject : null;

    /// <summary>Returns the MessageSid of a turn; null for a call.</summary>
    public string? MessageSidOf(int turn) => Texts.Count > 0 ? Texts[turn].MessageSid : null;

    /// <summary>Returns the channel of a turn, as events write it: voice, sms, whatsapp and others.</summary>
    public string ChannelOf(int turn) => Texts.Count > 0 ? Texts[turn].Channel : "voice";

    /// <summary>Returns the time of a turn, UTC.</summary>
    public DateTimeOffset TimeOf(int turn) => Transcript.StartedAt.AddSeconds(Transcript.Turns[turn].OffsetSeconds).ToUniversalTime();

    /// <summary>Returns the SHA-256 of everything that the analysis depends on.</summary>
    public byte[] ComputeHash() => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(
        new { Lead, Transcript.Turns, StartedAt = Transcript.StartedAt.ToUniversalTime(), Zone = Transcript.TimeZone.Id }, AnalysisJson.Options));
}

/// <summary>A text that is one turn of a conversation.</summary>
/// <param name="MessageSid">Twilio's id of the text.</param>
/// <param name="Channel">sms, whatsapp, rcs and others.</param>
internal sealed record SourceText(string MessageSid, string Channel);
