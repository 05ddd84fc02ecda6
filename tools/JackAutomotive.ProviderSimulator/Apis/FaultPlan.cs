namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>The faults of one request and of the webhooks that follow it. They are decided before the provider acts.</summary>
internal sealed record FaultPlan
{
    public static readonly FaultPlan None = new();

    /// <summary>The wait before the provider acts.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>The fault that replaces the answer; null if the provider answers.</summary>
    public ApiFault? Outcome { get; init; }

    /// <summary>The wait after the provider has acted.</summary>
    public TimeSpan LateBy { get; init; }

    /// <summary>Number of times that each webhook is posted.</summary>
    public int CallbackCopies { get; init; } = 1;

    /// <summary>Decides the order of shuffled webhooks; null keeps the order of events.</summary>
    public int? ShuffleSeed { get; init; }

    /// <summary>True if the webhooks precede the answer.</summary>
    public bool CallbacksAreEarly { get; init; }

    /// <summary>True if no webhook is posted.</summary>
    public bool CallbacksAreLost { get; init; }

    /// <summary>Returns the plan of the request that <paramref name="context"/> belongs to.</summary>
    public static FaultPlan Of(HttpContext context) => context.Features.Get<FaultPlan>() ?? None;

    /// <summary>Returns whether the fault can join this plan. A request has one answer, so only one fault can replace it.</summary>
    public bool Allows(ApiFaultKind kind) => Outcome is null || !ReplacesAnswer(kind);

    /// <summary>Returns this plan with one more fault.</summary>
    /// <param name="fault">The fault to add.</param>
    /// <param name="seed">Decides the order of shuffled webhooks.</param>
    public FaultPlan With(ApiFault fault, int seed)
    {
        var delay = TimeSpan.FromMilliseconds(fault.Milliseconds);
        return fault.Kind switch
        {
            ApiFaultKind.Latency => this with { Latency = Latency + delay },
            ApiFaultKind.LateAnswer => this with { LateBy = LateBy + delay },
            ApiFaultKind.DuplicateCallbacks => this with { CallbackCopies = fault.Copies },
            ApiFaultKind.ShuffledCallbacks => this with { ShuffleSeed = seed },
            ApiFaultKind.EarlyCallbacks => this with { CallbacksAreEarly = true },
            ApiFaultKind.LostCallbacks => this with { CallbacksAreLost = true },
            _ => this with { Outcome = fault },
        };
    }

    private static bool ReplacesAnswer(ApiFaultKind kind) =>
        kind is ApiFaultKind.RateLimit or ApiFaultKind.ErrorBefore or ApiFaultKind.ErrorAfter or ApiFaultKind.DroppedRequest
            or ApiFaultKind.DroppedAnswer;
}
