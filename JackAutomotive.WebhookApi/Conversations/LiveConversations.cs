using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Features.Audio;
using JackAutomotive.WebhookApi.Features.Calls;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>
/// Keeps conversations that are held up to date, and tells their leads' watchers how they go. What was told before it was known with whom a
/// conversation is held is announced once that is known. The call's lock must be held.
/// </summary>
internal sealed class LiveConversations(LiveConversationStore store)
{
    /// <summary>Stores the state that follows from everything told, and announces what the lead's watchers do not know yet.</summary>
    public async Task UpdateAsync(UnitOfWork work, LiveParties parties, CancellationToken cancellationToken)
    {
        var id = parties.ConversationId;
        await using var command = work.CreateCommand("");
        var reports = (await LiveConversationStore.ReadAsync(command, [id], cancellationToken))[id].ToList();
        var now = LiveConversation.Of(reports.Select(one => one.Report));
        await store.SaveAsync(work, id, now, cancellationToken);
        if (parties.Lead is not { } lead)
        {
            return;
        }

        var told = LiveConversation.Of(reports.Where(one => one.Announced).Select(one => one.Report));
        var isCallAnnounced = await InitiationSessionStore.IsAnnouncedAsync(work, id, parties.CallSid, cancellationToken);
        foreach (var one in LiveAnnouncements.Between(new LiveIds(id, parties.CallSid), told, now))
        {
            if (one.Type != LeadEventTypes.CallInitiated || !isCallAnnounced)
            {
                work.Raise(lead, one.Type, one.At, one.Data);
            }
        }

        await LiveConversationStore.SetAnnouncedAsync(work, id, cancellationToken);
    }

    /// <summary>
    /// It has become known with whom a conversation, or whatever was said on a call, is held. Call it wherever that may happen; what has
    /// a lead already keeps it.
    /// </summary>
    public async Task GiveAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await InitiationSessionStore.GiveAsync(work, callSid, lead, cancellationToken);
        foreach (var parties in await LiveConversationStore.LockAsync(work, conversationId, callSid, cancellationToken))
        {
            if (parties.Lead is null)
            {
                await GiveAsync(work, parties, lead, at, cancellationToken);
                await UpdateAsync(work, parties with { Lead = lead }, cancellationToken);
            }
        }
    }

    /// <summary>Says with whom a conversation is held; its state is to be updated afterwards.</summary>
    public static async Task GiveAsync(
        UnitOfWork work,
        LiveParties parties,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await LiveConversationStore.GiveAsync(work, parties.ConversationId, lead, cancellationToken);
        await CallStore.GiveAndTellAsync(work, parties.CallSid, lead, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, parties.ConversationId, lead, at, cancellationToken);
    }

    /// <summary>The transcript of the finished call is there: if nobody told of the end, that is it.</summary>
    public async Task FinishAsync(UnitOfWork work, string conversationId, DateTimeOffset analysedAt, CancellationToken cancellationToken)
    {
        foreach (var parties in await LiveConversationStore.LockAsync(work, conversationId, null, cancellationToken))
        {
            await LiveConversationStore.AddAsync(work, conversationId, Transcribed(analysedAt), analysedAt, cancellationToken);
            await UpdateAsync(work, parties, cancellationToken);
        }
    }

    /// <summary>Told by the transcript.</summary>
    public static LiveReport Transcribed(DateTimeOffset at) => new(LiveKinds.Transcribed, LiveKinds.Transcribed, at);
}
