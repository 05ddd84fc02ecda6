using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Handles the audio of a call. ElevenLabs sends the audio before or after the transcript, or without one. The body is large:
/// <code>
/// {"type":"post_call_audio","event_timestamp":1739537319,"data":{
///   "agent_id":"agent_…","conversation_id":"conv_…","full_audio":"SUQzBAAAAAAA…(MP3 in base64, over a megabyte a minute)"}}
/// </code>
/// </summary>
internal sealed class PostCallAudio(RawBodyStore rawBodies, UploadFolder uploads, ConversationAudioStore audio)
{
    private const string ContentType = "audio/mpeg";

    /// <summary>Stores the audio as an object, and raises an event if the conversation's lead is known.</summary>
    /// <exception cref="FormatException">The audio is not base64.</exception>
    public async Task<DeliveryResult> HandleAsync(
        InboxDelivery delivery,
        PostCallPayload payload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        var conversation = payload.ConversationId!;
        if (string.IsNullOrEmpty(payload.FullAudio))
        {
            return DeliveryResult.Malformed("data.full_audio is missing or empty");
        }

        var createdAt = payload.EventTime ?? delivery.ReceivedAt;
        if (!await ConversationAudioStore.IsStoredAsync(work, conversation, createdAt, cancellationToken))
        {
            await using var upload = uploads.Begin();
            if (!await DecodeAsync(delivery, payload.FullAudio, upload, work, cancellationToken))
            {
                return DeliveryResult.Malformed("the raw body with the audio has been removed");
            }

            await upload.FinishAsync();
            await audio.SaveAsync(work, conversation, upload, ContentType, createdAt, cancellationToken);
        }

        await RawBodyStore.ReleaseAsync(work, delivery, cancellationToken);
        var lead = await ConversationStore.FindLeadAsync(work, conversation, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversation, lead, createdAt, cancellationToken);
        return DeliveryResult.Done;
    }

    // The audio of a short call stands in the inbox row; the envelope of a longer call holds a marker instead.
    private async Task<bool> DecodeAsync(
        InboxDelivery delivery,
        string text,
        ObjectUpload upload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        if (!CutStringMarker.TryParse(text, out var cut))
        {
            await upload.WriteAsync(Convert.FromBase64String(text), cancellationToken);
            return true;
        }

        await using var raw = await rawBodies.OpenAsync(work, delivery, cancellationToken);
        if (raw is null)
        {
            return false;
        }

        raw.Seek(cut.Offset, SeekOrigin.Begin);
        await JsonBase64.DecodeAsync(raw, cut.Length, bytes => upload.WriteAsync(bytes, cancellationToken), cancellationToken);
        return true;
    }
}
