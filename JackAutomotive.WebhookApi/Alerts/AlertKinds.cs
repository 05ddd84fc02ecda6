namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>What needs a person.</summary>
internal static class AlertKinds
{
    /// <summary>Deliveries are parked. The subject is the topic.</summary>
    public const string DeadLetters = "dead_letters";

    /// <summary>Events arrive again with other bodies. The subject is the topic.</summary>
    public const string Conflicts = "delivery_conflicts";

    /// <summary>A provider sends deliveries with GET, which loses them. The subject is the topic.</summary>
    public const string WrongMethod = "wrong_method";

    /// <summary>Deliveries wait for too long. The subject is the topic.</summary>
    public const string BacklogStale = "backlog_stale";

    /// <summary>The spool needs a person: it keeps files, or takes no deliveries.</summary>
    public const string Spool = "spool";

    /// <summary>A secret is not set. The subject is the setting.</summary>
    public const string SecretMissing = "secret_missing";

    /// <summary>A background loop does not work.</summary>
    public const string LoopFailing = "loop_failing";

    /// <summary>A carrier or Twilio blocks our texts. The subject is the error code.</summary>
    public const string CarrierBlock = "carrier_block";

    /// <summary>A provider fails so often that nothing is sent to it for a while. The subject is the provider.</summary>
    public const string BreakerOpen = "breaker_open";

    /// <summary>
    /// The kinds that nobody can see end, such as a burst of conflicts, each with the time without a repetition after which the alert is cleared.
    /// </summary>
    public static IReadOnlyDictionary<string, TimeSpan> QuietTimes { get; } = new Dictionary<string, TimeSpan>
    {
        [Conflicts] = TimeSpan.FromMinutes(15),
        [WrongMethod] = TimeSpan.FromMinutes(15),
        [CarrierBlock] = TimeSpan.FromHours(24),
    };
}
