using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

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
    /// Assigns a conversation, a call with its other legs, and every conversation on these calls to a lead. Call this method wherever the
    /// lead may become known. What already has a lead does not change.
    /// </summary>
    public async Task AssignLeadAsync(
        UnitOfWork work,
        string? conversationId,
        string? callSid,
        LeadId lead,
        MatchPath path,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await InitiationSessionStore.AssignLeadAsync(work, callSid, lead, cancellationToken);
        var conversations = await LiveConversationStore.LockAsync(work, conversationId, callSid, cancellationToken);
        foreach (var parties in conversations.Where(parties => parties.Lead is null))
        {
            await AssignLeadAsync(work, parties, lead, path, at, cancellationToken);
        }

        // A live conversation may know a call that the caller of this method does not know.
        foreach (var sid in conversations.Select(parties => parties.CallSid).Append(callSid).OfType<string>().Distinct())
        {
            await CallStore.AssignLeadAndAnnounceAsync(work, sid, lead, path, at, cancellationToken);
            await AssignRelativesAsync(work, sid, lead, at, cancellationToken);
        }
    }

    /// <summary>Assigns one conversation to a lead, and announces what has been reported of it.</summary>
    public async Task AssignLeadAsync(
        UnitOfWork work,
        LiveParties parties,
        LeadId lead,
        MatchPath path,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        await LiveConversationStore.AssignLeadAsync(work, parties.ConversationId, lead, path, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, parties.ConversationId, lead, at, cancellationToken);
        await UpdateAsync(work, parties with { Lead = lead }, cancellationToken);
    }

    // The other legs of the call, with the conversations on them.
    private async Task AssignRelativesAsync(
        UnitOfWork work,
        string callSid,
        LeadId lead,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var path = new MatchPath(ClueNames.Call, []);
        foreach (var relative in await CallStore.FindRelativesAsync(work, callSid, cancellationToken))
        {
            await InitiationSessionStore.AssignLeadAsync(work, relative, lead, cancellationToken);
            var conversations = await LiveConversationStore.LockAsync(work, null, relative, cancellationToken);
            foreach (var parties in conversations.Where(parties => parties.Lead is null))
            {
                await AssignLeadAsync(work, parties, lead, path, at, cancellationToken);
            }

            await CallStore.AssignLeadAndAnnounceAsync(work, relative, lead, path, at, cancellationToken);
        }
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
