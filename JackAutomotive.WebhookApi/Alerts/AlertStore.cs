using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>The one place where things that need a person are raised and cleared. An alert is open from its raising to its clearing.</summary>
internal sealed class AlertStore
{
    /// <summary>Raises an alert, unless it is open already.</summary>
    /// <param name="kind">One of <see cref="AlertKinds"/>.</param>
    /// <param name="subject">What the alert is about. Kind and subject together identify an open alert.</param>
    /// <param name="detail">What is wrong and what to do, in words for a person, without personal data.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    /// <param name="lead">The lead that is concerned, whose log gets an event; null if none is.</param>
    /// <returns>True if the alert is new, false if it was open already.</returns>
    public Task<bool> RaiseAsync(string kind, string subject, string detail, CancellationToken cancellationToken, LeadId? lead = null) =>
        throw new NotImplementedException();

    /// <summary>Clears an alert. Returns false if it was not open.</summary>
    public Task<bool> ClearAsync(string kind, string subject, CancellationToken cancellationToken) => throw new NotImplementedException();
}
