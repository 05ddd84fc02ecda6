using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Something that is stored about a lead and that follows from other rows, such as the lead's score. A unit of work updates it in its own
/// transaction, directly before the commit, so that it never differs from the rows that it follows from. Projections are updated in the order
/// of their registration.
/// </summary>
internal interface ILeadProjection
{
    /// <summary>Returns whether the projection depends on a change: the type of an event, or a change that a store noted.</summary>
    bool DependsOn(string change);

    /// <summary>
    /// Updates the projection and may raise events of the lead. The implementation first locks the lead's row, so that two transactions that
    /// change the same lead at the same time see each other's rows. It does nothing if the lead does not exist.
    /// </summary>
    Task UpdateAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken);
}
