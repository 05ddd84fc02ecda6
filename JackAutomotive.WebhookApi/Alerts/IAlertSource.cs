namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>Something that needs a person at this moment.</summary>
/// <param name="Kind">One of <see cref="AlertKinds"/>.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Detail">What is wrong and what to do.</param>
internal sealed record AlertCondition(string Kind, string Subject, string Detail);

/// <summary>Finds out again and again what needs a person. An alert is raised when a condition appears and cleared when it is gone.</summary>
internal interface IAlertSource
{
    /// <summary>The kinds of all conditions that the source can find.</summary>
    IReadOnlyList<string> Kinds { get; }

    /// <summary>Whether the conditions are those of this instance, and not of the database that all instances share.</summary>
    bool IsOfInstance { get; }

    /// <summary>Finds what is the case now.</summary>
    Task<IReadOnlyList<AlertCondition>> FindAsync(CancellationToken cancellationToken);
}
