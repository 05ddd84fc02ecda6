using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Turns one delivery into database changes and events. A handler is registered for its topic. It writes everything through the unit of
/// work, whose transaction also marks the delivery as done. It never calls a provider, and it must tolerate handling a delivery again.
/// </summary>
internal interface IDeliveryHandler
{
    /// <summary>Handles the delivery. An exception rolls everything back, and <see cref="FailurePolicy"/> decides what follows.</summary>
    Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>The result of handling a delivery: done, or to be parked with a reason.</summary>
internal sealed record DeliveryResult
{
    /// <summary>The unit of work holds every effect of the delivery.</summary>
    public static readonly DeliveryResult Done = new();

    /// <summary>Set if the delivery is to be parked; the unit of work is then rolled back.</summary>
    public Parking? Parking { get; private init; }

    /// <summary>Parks a valid delivery that nothing in this service can handle yet.</summary>
    public static DeliveryResult Unroutable(string reason) => new() { Parking = new Parking(Parking.Unroutable, reason) };

    /// <summary>Parks a delivery that lacks a required field.</summary>
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
