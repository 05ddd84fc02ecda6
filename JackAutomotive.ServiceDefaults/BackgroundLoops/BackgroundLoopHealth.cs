using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>Reports every background loop that is dead, stuck or failing, with its reason.</summary>
internal sealed class BackgroundLoopHealth(BackgroundLoops loops) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var running = loops.Running;
        var problems = running.Select(loop => (loop.Name, Problem: loop.FindProblem())).Where(loop => loop.Problem is not null).ToList();
        if (problems.Count == 0)
        {
            return Task.FromResult(HealthCheckResult.Healthy($"{running.Count} background loops work"));
        }

        var text = string.Join("; ", problems.Select(loop => $"the loop '{loop.Name}' {loop.Problem!.Text}"));
        return Task.FromResult(problems.Exists(loop => loop.Problem!.IsSevere)
            ? HealthCheckResult.Unhealthy(text)
            : HealthCheckResult.Degraded(text));
    }
}
