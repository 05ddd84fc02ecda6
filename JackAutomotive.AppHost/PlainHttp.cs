#pragma warning disable ASPIRECERTIFICATES001 // Experimental, and the only way to say that a project needs no certificate.

namespace JackAutomotive.AppHost;

internal static class PlainHttp
{
    /// <summary>
    /// Says that the services need no TLS certificate: they speak plain HTTP, and a proxy terminates TLS in production. Otherwise the
    /// dashboard shows an error message on every machine without a trusted developer certificate.
    /// </summary>
    public static void ServePlainHttp(this IDistributedApplicationBuilder builder) =>
        builder.OnBeforeStart((start, _) =>
        {
            foreach (var project in start.Model.GetProjectResources())
            {
                project.Annotations.Add(new HttpsCertificateAnnotation { UseDeveloperCertificate = false });
            }

            return Task.CompletedTask;
        });
}
