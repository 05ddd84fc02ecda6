namespace Aspire.Hosting;

/// <summary>The application cannot be built or run as it is described.</summary>
public class DistributedApplicationException : Exception
{
    /// <summary>Without a reason.</summary>
    public DistributedApplicationException()
    {
    }

    /// <param name="message">The reason.</param>
    public DistributedApplicationException(string message)
        : base(message)
    {
    }

    /// <param name="message">The reason.</param>
    /// <param name="inner">What led to it.</param>
    public DistributedApplicationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>A parameter was not given a value.</summary>
public class MissingParameterValueException : DistributedApplicationException
{
    /// <param name="message">Which one, and where to give it.</param>
    public MissingParameterValueException(string message)
        : base(message)
    {
    }

    /// <param name="message">Which one, and where to give it.</param>
    /// <param name="innerException">What led to it.</param>
    public MissingParameterValueException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
