using System.Security.Cryptography;
using System.Text;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Where a local server keeps its data: under a volume's name, or in a folder. Without one they are gone at its end.</summary>
internal sealed record LocalData(string Kind, string Place) : IResourceAnnotation
{
    public static LocalData Volume(string name) => new("volume", name);

    public static LocalData Folder(string path) => new("folder", path);

    /// <summary>
    /// The data of a resource; null if they need not outlive it. While ports are random, which is how tests run an application
    /// any number of times side by side, nothing is kept, since two servers cannot share one folder.
    /// </summary>
    public static LocalData? Of(IResource resource, IConfiguration configuration) =>
        configuration.GetValue<bool>("DcpPublisher:RandomizePorts") ? null : resource.Annotations.OfType<LocalData>().LastOrDefault();

    /// <summary>The name of a volume whose name was not given: one for each application in each folder.</summary>
    public static string VolumeName<T>(IResourceBuilder<T> builder, string suffix)
        where T : IResource
    {
        var application = new StringBuilder();
        foreach (var c in builder.ApplicationBuilder.Environment.ApplicationName.ToLowerInvariant())
        {
            application.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_');
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(builder.ApplicationBuilder.AppHostDirectory)));
        return $"{application}-{hash[..10]}-{builder.Resource.Name}-{suffix}";
    }
}
