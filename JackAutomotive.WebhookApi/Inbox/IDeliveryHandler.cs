using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Turns one delivery into changes. Registered under its topic. Everything is written through the unit of work, which also marks the
/// delivery as done; a handler never calls a provider, and it may be called again for a delivery that it saw before.
/// </summary>
internal interface IDeliveryHandler
{
    /// <summary>Handles the delivery. An exception undoes everything and <see cref="FailurePolicy"/> decides what comes next.</summary>
    Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken);
}

/// <summary>What became of a delivery: done, or to be kept for a person with a reason.</summary>
internal sealed record DeliveryResult
{
    /// <summary>Everything that the delivery asked for is in the unit of work.</summary>
    public static readonly DeliveryResult Done = new();

    /// <summary>Set when the delivery is to be parked; nothing of the unit of work is kept then.</summary>
    public Parking? Parking { get; private init; }

    /// <summary>It is sound, but there is nobody to give it to yet.</summary>
    public static DeliveryResult Unroutable(string reason) => new() { Parking = new Parking(Parking.Unroutable, reason) };

    /// <summary>It does not hold what its kind must hold.</summary>
    public static DeliveryResult Malformed(string reason) => new() { Parking = new Parking(Parking.Malformed, reason) };
}

/// <summary>Why a delivery is kept aside.</summary>
/// <param name="As">One of the constants.</param>
/// <param name="Reason">For a person, without personal data.</param>
internal sealed record Parking(string As, string Reason)
{
    /// <summary>Sound, but nobody to give it to yet; replay it once there is.</summary>
    public const string Unroutable = "unroutable";

    /// <summary>Not what its kind must be.</summary>
    public const string Malformed = "malformed";

    /// <summary>Failed as often as it may.</summary>
    public const string Exhausted = "exhausted";
}
