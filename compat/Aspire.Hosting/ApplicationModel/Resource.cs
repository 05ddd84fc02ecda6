namespace Aspire.Hosting.ApplicationModel;

/// <summary>The usual base of resources.</summary>
public abstract class Resource : IResource
{
    /// <param name="name">1 to 64 ASCII letters, digits and hyphens; begins with a letter, does not end with a hyphen.</param>
    /// <exception cref="ArgumentException">The name is not of that form.</exception>
    protected Resource(string name) => Name = ResourceName.Checked(name);

    /// <inheritdoc />
    public virtual string Name { get; }

    /// <inheritdoc />
    public virtual ResourceAnnotationCollection Annotations { get; } = [];
}
