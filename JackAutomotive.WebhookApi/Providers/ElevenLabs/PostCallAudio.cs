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

    // The audio that this attempt has uploaded. The object of the handler belongs to one attempt.
    private (ObjectName Object, long Length)? _uploaded;

    /// <summary>Decodes and uploads the audio, before the transaction. A long call takes minutes if the object store is slow.</summary>
    /// <exception cref="FormatException">The audio is not base64.</exception>
    public async Task PrepareAsync(InboxDelivery delivery, PostCallPayload payload, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(payload.FullAudio)
            || await audioStore.IsStoredAsync(payload.ConversationId!, MadeAt(delivery, payload), cancellationToken))
        {
            return;
        }

        await using var upload = uploads.Begin();
        if (await DecodeAsync(delivery, payload.FullAudio, upload, cancellationToken))
        {
            await upload.FinishAsync();
            await upload.StoreAsync(cancellationToken);
            _uploaded = (upload.Name, upload.Length);
        }
    }

    /// <summary>Stores the audio of the conversation, and raises an event if the conversation's lead is known.</summary>
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

        var madeAt = MadeAt(delivery, payload);
        if (_uploaded is { } audio)
        {
            await audioStore.SaveAsync(work, conversationId, audio.Object, audio.Length, ContentType, madeAt, cancellationToken);
        }
        else if (!await audioStore.IsStoredAsync(conversationId, madeAt, cancellationToken))
        {
            return DeliveryResult.Malformed("the raw body with the audio has been removed");
        }

        await RawBodyStore.ReleaseAsync(work, delivery, cancellationToken);
        var lead = await ConversationStore.FindLeadAsync(work, conversationId, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversationId, lead, madeAt, cancellationToken);
        return DeliveryResult.Done;
    }

    private static DateTimeOffset MadeAt(InboxDelivery delivery, PostCallPayload payload) => payload.EventTime ?? delivery.ReceivedAt;

    // The inbox row of a short call contains the audio. The inbox row of a longer call contains an envelope, with a marker for the audio.
    private async Task<bool> DecodeAsync(
        InboxDelivery delivery,
        string fullAudio,
        ObjectUpload upload,
        CancellationToken cancellationToken)
    {
        if (!CutStringMarker.TryParse(fullAudio, out var marker))
        {
            await upload.WriteAsync(Convert.FromBase64String(fullAudio), cancellationToken);
            return true;
        }

        await using var rawBody = await rawBodies.OpenAsync(delivery, cancellationToken);
        if (rawBody is null)
        {
            return false;
        }

        rawBody.Seek(marker.Offset, SeekOrigin.Begin);
        await JsonBase64.DecodeAsync(rawBody, marker.Length, bytes => upload.WriteAsync(bytes, cancellationToken), cancellationToken);
        return true;
    }
}
