namespace Aspire.Hosting.ApplicationModel;

/// <summary>A value that is given from outside.</summary>
public class ParameterResource : Resource, IExpressionValue
{
    private readonly Lazy<string> _value;

    /// <param name="name">The resource's name.</param>
    /// <param name="callback">Finds the value; is given what stands in for it where there is none.</param>
    /// <param name="secret">True for a value that must not be shown.</param>
    public ParameterResource(string name, Func<ParameterDefault?, string> callback, bool secret = false)
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _value = new Lazy<string>(() => callback(Default));
        Secret = secret;
    }

    /// <summary>True for a value that must not be shown.</summary>
    public bool Secret { get; }

    /// <summary>True if the value is a connection string.</summary>
    public bool IsConnectionString { get; set; }

    /// <summary>What stands in where no value is given.</summary>
    public ParameterDefault? Default { get; set; }

    /// <summary>What it is for, shown to the user.</summary>
    public string? Description { get; set; }

    /// <inheritdoc />
    public string ValueExpression => IsConnectionString ? $"{{{Name}.connectionString}}" : $"{{{Name}.value}}";

    /// <inheritdoc />
    /// <exception cref="MissingParameterValueException">No value was given and nothing stands in for it.</exception>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken) => new(_value.Value);
}

/// <summary>What stands in for a parameter that was not given.</summary>
public abstract class ParameterDefault
{
    /// <summary>The value.</summary>
    public abstract string GetDefaultValue();
}

internal sealed class ConstantParameterDefault(Func<string> value) : ParameterDefault
{
    public override string GetDefaultValue() => value();
}
