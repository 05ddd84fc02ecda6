using System.Text.Json.Serialization;

namespace JackAutomotive.WebhookApi.Scoring.Status;

/// <summary>How far a lead has come.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeadStatus>))]
internal enum LeadStatus
{
    /// <summary>Nobody of the dealership has contacted the lead.</summary>
    [JsonStringEnumMemberName("new")]
    New,

    /// <summary>The dealership has written or called, or has answered a call.</summary>
    [JsonStringEnumMemberName("contacted")]
    Contacted,

    /// <summary>The lead has talked with the dealership, or has replied to it.</summary>
    [JsonStringEnumMemberName("engaged")]
    Engaged,

    /// <summary>A visit is agreed.</summary>
    [JsonStringEnumMemberName("appointment")]
    Appointment,

    /// <summary>The lead has bought here.</summary>
    [JsonStringEnumMemberName("sold")]
    Sold,

    /// <summary>The lead will not buy here.</summary>
    [JsonStringEnumMemberName("lost")]
    Lost,

    /// <summary>The lead must not be contacted.</summary>
    [JsonStringEnumMemberName("do_not_contact")]
    DoNotContact,
}

/// <summary>Who moves a lead to another status.</summary>
internal enum StatusActor
{
    /// <summary>A rule of this service, because of what happened.</summary>
    Rule,

    /// <summary>The lead, who asks to end or to resume all contact.</summary>
    Lead,

    /// <summary>A person of the dealership.</summary>
    Person,
}

/// <summary>The names of statuses and actors in our tables and our API.</summary>
internal static class LeadStatuses
{
    private static readonly Dictionary<string, LeadStatus> s_byName =
        Enum.GetValues<LeadStatus>().ToDictionary(status => status.ToName(), StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_byName.Keys];

    public static string ToName(this LeadStatus status) => status switch
    {
        LeadStatus.New => "new",
        LeadStatus.Contacted => "contacted",
        LeadStatus.Engaged => "engaged",
        LeadStatus.Appointment => "appointment",
        LeadStatus.Sold => "sold",
        LeadStatus.Lost => "lost",
        _ => "do_not_contact",
    };

    public static string ToName(this StatusActor actor) => actor switch
    {
        StatusActor.Rule => "rule",
        StatusActor.Lead => "lead",
        _ => "person",
    };

    /// <summary>Returns the status with this name; null if there is none.</summary>
    public static LeadStatus? Find(string name) => s_byName.TryGetValue(name, out var status) ? status : null;

    /// <summary>Returns the status with this name.</summary>
    /// <exception cref="FormatException">There is no such status.</exception>
    public static LeadStatus Parse(string name) => Find(name) ?? throw new FormatException($"There is no status '{name}'.");
}

/// <summary>The stored status of a lead.</summary>
/// <param name="Status">The status.</param>
/// <param name="ChangedAt">When the lead moved to it.</param>
/// <param name="ChangedBy">rule, lead or person.</param>
/// <param name="Person">The name of the API key of the person; null unless a person moved the lead.</param>
/// <param name="Reason">Why; null if a person gave no reason.</param>
/// <param name="AppointmentAt">When the visit is; null if there is none or its time is not known.</param>
/// <param name="NoShows">How often the lead did not come to an agreed visit.</param>
/// <param name="NoShowAt">When the lead last did not come.</param>
internal sealed record StoredStatus(
    LeadStatus Status,
    DateTimeOffset ChangedAt,
    string ChangedBy,
    string? Person,
    string? Reason,
    DateTimeOffset? AppointmentAt,
    int NoShows,
    DateTimeOffset? NoShowAt)
{
    public bool IsByPerson => ChangedBy == "person";

    /// <summary>The status of a lead about which nothing is stored.</summary>
    public static StoredStatus New(DateTimeOffset createdAt) => new(LeadStatus.New, createdAt, "rule", null, null, null, 0, null);
}
