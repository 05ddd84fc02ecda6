namespace Twilio.Exceptions;

/// <summary>The API answered with an error, or with something that cannot be read.</summary>
public class ApiException : TwilioException
{
    /// <summary>An answer without Twilio's error body.</summary>
    public ApiException(string message)
        : base(message)
    {
    }

    /// <summary>An answer that cannot be read.</summary>
    public ApiException(string message, Exception exception)
        : base(message, exception)
    {
    }

    /// <summary>An answer with Twilio's error body.</summary>
    public ApiException(
        int code,
        int status,
        string? message,
        string? moreInfo,
        Dictionary<string, object>? details = null,
        Exception? exception = null)
        : base(message, exception)
    {
        Code = code;
        Status = status;
        MoreInfo = moreInfo;
        Details = details;
    }

    /// <summary>Twilio's error code, see https://www.twilio.com/docs/api/errors; 0 when the answer has none.</summary>
    public int Code { get; }

    /// <summary>HTTP status; 0 when the answer has no error body of Twilio's.</summary>
    public int Status { get; }

    /// <summary>Address of a page about the error.</summary>
    public string? MoreInfo { get; }

    /// <summary>More, by name, where Twilio gives more.</summary>
    public Dictionary<string, object>? Details { get; }
}
