using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Storage;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// ElevenLabs sends what was spoken in a call. It may come before the transcript, after it, or without one, and is long:
/// <code>
/// {"type":"post_call_audio","event_timestamp":1739537319,"data":{
///   "agent_id":"agent_…","conversation_id":"conv_…","full_audio":"SUQzBAAAAAAA…(MP3 in base64, over a megabyte a minute)"}}
/// </code>
/// </summary>
internal sealed class PostCallAudio(RawBodies rawBodies, UploadSpool spool, ConversationAudioStore audio)
{
    private const string ContentType = "audio/mpeg";

    /// <summary>Keeps the audio as an object and tells the lead's watchers of it, if it is known whose it is.</summary>
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

        var madeAt = payload.EventTime ?? delivery.ReceivedAt;
        if (!await ConversationAudioStore.IsKnownAsync(work, conversation, madeAt, cancellationToken))
        {
            await using var upload = spool.Begin();
            if (!await DecodeAsync(delivery, payload.FullAudio, upload, work, cancellationToken))
            {
                return DeliveryResult.Malformed("the raw body with the audio has been removed");
            }

            await upload.FinishAsync();
            await audio.SaveAsync(work, conversation, upload, ContentType, madeAt, cancellationToken);
        }

        await RawBodies.ReleaseAsync(work, delivery, cancellationToken);
        var lead = await ConversationStore.FindLeadAsync(work, conversation, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, conversation, lead, madeAt, cancellationToken);
        return DeliveryResult.Done;
    }

    // A short call's audio is in the body itself.
    private async Task<bool> DecodeAsync(
        InboxDelivery delivery,
        string text,
        ObjectUpload into,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        if (!CutString.TryParse(text, out var cut))
        {
            await into.WriteAsync(Convert.FromBase64String(text), cancellationToken);
            return true;
        }

        await using var raw = await rawBodies.OpenAsync(work, delivery, cancellationToken);
        if (raw is null)
        {
            return false;
        }

        raw.Seek(cut.Offset, SeekOrigin.Begin);
        await JsonBase64.DecodeAsync(raw, cut.Length, bytes => into.WriteAsync(bytes, cancellationToken), cancellationToken);
        return true;
    }
}
