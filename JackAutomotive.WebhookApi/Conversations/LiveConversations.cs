using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>
/// Updates live conversations and announces the changes to the watchers of their leads. Reports that arrive before the lead is known are
/// announced once the lead is known. The caller must hold the call's lock, see <see cref="CallStore.LockAsync"/>.
/// </summary>
internal sealed class LiveConversations(LiveConversationStore store)
{
    /// <summary>Stores the state that follows from all reports, and announces the changes that have not been announced yet.</summary>
    public async Task UpdateAsync(UnitOfWork work, LiveParties parties, CancellationToken cancellationToken)
    {
        var id = parties.ConversationId;
        await using var command = work.CreateCommand("");
        var reports = (await LiveConversationStore.ReadAsync(command, [id], cancellationToken))[id].ToList();
        var current = LiveConversation.FromReports(reports.Select(entry => entry.Report));
        await store.SaveAsync(work, id, current, cancellationToken);
        if (parties.Lead is not { } lead)
        {
            return;
        }

        var announced = LiveConversation.FromReports(reports.Where(entry => entry.Announced).Select(entry => entry.Report));
        var isCallAnnounced = await InitiationSessionStore.IsAnnouncedAsync(work, id, parties.CallSid, cancellationToken);
        foreach (var announcement in LiveAnnouncements.DescribeChanges(new LiveConversationIds(id, parties.CallSid), announced, current))
        {
            if (announcement.Type != LeadEventTypes.CallInitiated || !isCallAnnounced)
            {
                work.Raise(lead, announcement.Type, announcement.At, announcement.Data);
            }
        }

        await LiveConversationStore.SetAnnouncedAsync(work, id, cancellationToken);
    }

    /// <summary>
    /// Assigns a conversation, and every conversation on a call, to a lead. Call this method wherever the lead may become known. A
    /// conversation that already has a lead does not change.
    /// </summary>
    public async Task AssignLeadAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await InitiationSessionStore.AssignLeadAsync(work, callSid, lead, cancellationToken);
        foreach (var parties in await LiveConversationStore.LockAsync(work, conversationId, callSid, cancellationToken))
        {
            if (parties.Lead is null)
            {
                await AssignLeadAsync(work, parties, lead, at, cancellationToken);
                await UpdateAsync(work, parties with { Lead = lead }, cancellationToken);
            }
        }
    }

    /// <summary>Assigns one conversation to a lead. The caller updates the state of the conversation afterwards.</summary>
    public static async Task AssignLeadAsync(
        UnitOfWork work,
        LiveParties parties,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await LiveConversationStore.AssignLeadAsync(work, parties.ConversationId, lead, cancellationToken);
        await CallStore.AssignLeadAndRaiseStatusAsync(work, parties.CallSid, lead, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, parties.ConversationId, lead, at, cancellationToken);
    }

    /// <summary>Ends a live conversation whose transcript has arrived. A reported end takes precedence over the transcript.</summary>
    public async Task FinishAsync(UnitOfWork work, string conversationId, DateTimeOffset analysedAt, CancellationToken cancellationToken)
    {
        foreach (var parties in await LiveConversationStore.LockAsync(work, conversationId, null, cancellationToken))
        {
            await LiveConversationStore.AddAsync(work, conversationId, CreateTranscribedReport(analysedAt), analysedAt, cancellationToken);
            await UpdateAsync(work, parties, cancellationToken);
        }
    }

    /// <summary>Creates the report that the transcript has arrived.</summary>
    public static LiveReport CreateTranscribedReport(DateTimeOffset at) => new(LiveReportKinds.Transcribed, LiveReportKinds.Transcribed, at);
}
