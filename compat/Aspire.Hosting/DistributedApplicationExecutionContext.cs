namespace Aspire.Hosting;

/// <summary>What the AppHost was started for.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>To run the application here.</summary>
    Run,

    /// <summary>To describe it for a deployment.</summary>
    Publish,
}

/// <summary>The mode that the application runs in.</summary>
/// <param name="operation">What the AppHost was started for.</param>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>What the AppHost was started for.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>True when the application is described for a deployment.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>True when the application runs here.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
}
