using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Turns one claimed delivery of a topic into rows and events. The handler writes everything through the unit of work, whose transaction
/// also marks the delivery as done. The handler never calls a provider, and it must tolerate a second attempt at the same delivery.
/// </summary>
internal interface IDeliveryHandler
{
    /// <summary>
    /// Does what may take longer than a lease, such as the transfer of a large object, before the transaction begins. The lease is renewed
    /// meanwhile. The step writes no rows. Most handlers have no such step.
    /// </summary>
    Task PrepareAsync(InboxDelivery delivery, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Handles the delivery. An exception rolls everything back, and <see cref="FailurePolicy"/> decides what follows.</summary>
    Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>The result of handling a delivery: done, or to be parked with a reason.</summary>
internal sealed record DeliveryResult
{
    /// <summary>Every effect of the delivery is in the unit of work, which is then committed.</summary>
    public static readonly DeliveryResult Done = new();

    /// <summary>The reason to park the delivery and to roll back the unit of work; null if the delivery is done.</summary>
    public Parking? Parking { get; private init; }

    /// <summary>The result for a valid delivery that nothing in this service can handle yet.</summary>
    public static DeliveryResult Unroutable(string reason) => new() { Parking = new Parking(Parking.Unroutable, reason) };

    /// <summary>The result for a delivery that lacks a required field.</summary>
    public static DeliveryResult Malformed(string reason) => new() { Parking = new Parking(Parking.Malformed, reason) };
}

/// <summary>Why a delivery is parked.</summary>
/// <param name="ParkedAs">One of the constants of this type.</param>
/// <param name="Reason">An explanation for operators, without personal data.</param>
internal sealed record Parking(string ParkedAs, string Reason)
{
    /// <summary>The delivery is valid, but nothing in this service can handle it yet. Replay it once something can.</summary>
    public const string Unroutable = "unroutable";

    /// <summary>The delivery cannot be read or lacks a required field.</summary>
    public const string Malformed = "malformed";

    /// <summary>Every allowed attempt failed.</summary>
    public const string Exhausted = "exhausted";
}
