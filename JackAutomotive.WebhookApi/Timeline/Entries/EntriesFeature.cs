using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

internal static class EntriesFeature
{
    /// <summary>Adds the timeline with its sources. Entries of the same time stand in the order of this list.</summary>
    public static void AddEntries(this IServiceCollection services)
    {
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadCreated));
        services.AddSingleton<ITimelineSource, InitiationEntries>();
        services.AddSingleton<ITimelineSource, CallEntries>();
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.CallStatus));
        services.AddSingleton<ITimelineSource, ConversationEntries>();
        services.AddSingleton<ITimelineSource, LiveConversationEntries>();
        services.AddSingleton<ITimelineSource, TurnEntries>();
        services.AddSingleton<ITimelineSource, LiveLineEntries>();
        services.AddSingleton<ITimelineSource, TextEntries>();
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.MessageStatus));
        services.AddSingleton<ITimelineSource, RecordingEntries>();
        services.AddSingleton<ITimelineSource, AudioEntries>();
        services.AddSingleton<ITimelineSource, AnalysisEntries>();
        services.AddSingleton<ITimelineSource, OptOutEntries>();
        services.AddSingleton<ITimelineSource, ActionItemEntries>();
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.ActionItemUpdated));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadSentimentChanged));
        services.AddSingleton<ITimelineSource, NoteEntries>();
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LabelsChanged));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadAssigned));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadProfileUpdated));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadStatusChanged));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadScoreUpdated));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.FundingReadinessChanged));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.ConsentChanged));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.OutboundUpdated));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.CallRequested));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadMerged));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.LeadMergeUndone));
        services.AddSingleton<ITimelineSource>(new EventEntries(LeadEventTypes.ContactAssigned));
        services.AddSingleton<TimelineReader>();
    }
}
