using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>The registry of background loops of a host that does not run, for tests of single classes.</summary>
internal static class TestLoops
{
    public static BackgroundLoops Create()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddMetrics();
        builder.AddBackgroundLoops();
        return builder.Build().Services.GetRequiredService<BackgroundLoops>();
    }
}
