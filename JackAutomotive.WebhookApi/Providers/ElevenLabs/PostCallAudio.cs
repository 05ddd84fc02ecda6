using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Handles the audio of a call. ElevenLabs sends the audio before or after the transcript, or without a transcript. The body is large:
/// <code>
/// {"type":"post_call_audio","event_timestamp":1739537319,"data":{
///   "agent_id":"agent_…","conversation_id":"conv_…","full_audio":"SUQzBAAAAAAA…(MP3 in base64, over a megabyte a minute)"}}
/// </code>
/// </summary>
internal sealed class PostCallAudio(RawBodyStore rawBodies, UploadFolder uploads, ConversationAudioStore audioStore)
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
        var conversationId = payload.ConversationId!;
        if (string.IsNullOrEmpty(payload.FullAudio))
        {
            return DeliveryResult.Malformed("data.full_audio is missing or empty");
        }

        var madeAt = payload.EventTime ?? delivery.ReceivedAt;
        if (!await ConversationAudioStore.IsStoredAsync(work, conversationId, madeAt, cancellationToken))
        {
            await using var upload = uploads.Begin();
            if (!await DecodeAsync(delivery, payload.FullAudio, upload, work, cancellationToken))
            {
                return DeliveryResult.Malformed("the raw body with the audio has been removed");
            }

            await upload.FinishAsync();
            await audioStore.SaveAsync(work, conversationId, upload, ContentType, madeAt, cancellationToken);
        }

        await RawBodyStore.ReleaseAsync(work, delivery, cancellationToken);
        var lead = await ConversationStore.FindLeadAsync(work, conversationId, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversationId, lead, madeAt, cancellationToken);
        return DeliveryResult.Done;
    }

    // The inbox row of a short call contains the audio. The inbox row of a longer call contains an envelope, with a marker for the audio.
    private async Task<bool> DecodeAsync(
        InboxDelivery delivery,
        string fullAudio,
        ObjectUpload upload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        if (!CutStringMarker.TryParse(fullAudio, out var marker))
        {
            await upload.WriteAsync(Convert.FromBase64String(fullAudio), cancellationToken);
            return true;
        }

        await using var rawBody = await rawBodies.OpenAsync(work, delivery, cancellationToken);
        if (rawBody is null)
        {
            return false;
        }

        rawBody.Seek(marker.Offset, SeekOrigin.Begin);
        await JsonBase64.DecodeAsync(rawBody, marker.Length, bytes => upload.WriteAsync(bytes, cancellationToken), cancellationToken);
        return true;
    }
}
