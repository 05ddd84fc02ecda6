namespace JackAutomotive.WebhookApi.Analysis.Model;

/// <summary>The model has given no valid answer.</summary>
/// <param name="cause">The kind of failure, for a metric: timeout, error, invalid or too-long.</param>
/// <param name="reason">The reason, for a person. Contains nothing that was said.</param>
internal sealed class ModelException(string cause, string reason) : Exception(reason)
{
    public string Cause { get; } = cause;
}
