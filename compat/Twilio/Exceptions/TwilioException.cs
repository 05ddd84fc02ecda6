namespace Twilio.Exceptions;

/// <summary>Base of everything that this library throws about a request.</summary>
public class TwilioException : Exception
{
    /// <summary>With the default message.</summary>
    public TwilioException()
    {
    }

    /// <summary>With a message.</summary>
    public TwilioException(string? message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public TwilioException(string? message, Exception? exception)
        : base(message, exception)
    {
    }
}

/// <summary>No answer came: refused, cut off or out of time. Whether the request took effect is unknown.</summary>
public class ApiConnectionException : TwilioException
{
    /// <summary>With a message.</summary>
    public ApiConnectionException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and a cause.</summary>
    public ApiConnectionException(string message, Exception exception)
        : base(message, exception)
    {
    }
}

/// <summary>No client was given to make a request with.</summary>
public class AuthenticationException(string message) : TwilioException(message);
