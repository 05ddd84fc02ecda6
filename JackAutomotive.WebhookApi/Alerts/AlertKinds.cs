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

    /// <summary>The spool's folder has files that need a person.</summary>
    public const string SpoolKept = "spool_kept";

    /// <summary>The local disk takes no deliveries.</summary>
    public const string SpoolDisk = "spool_disk";

    /// <summary>A secret is not set. The subject is the setting.</summary>
    public const string SecretMissing = "secret_missing";

    /// <summary>A background loop does not work. The subject is the loop.</summary>
    public const string LoopFailing = "loop_failing";

    /// <summary>A carrier or Twilio blocks our texts. The subject is the error code.</summary>
    public const string CarrierBlock = "carrier_block";

    /// <summary>A provider fails so often that nothing is sent to it for a while. The subject is the provider.</summary>
    public const string BreakerOpen = "breaker_open";
}
