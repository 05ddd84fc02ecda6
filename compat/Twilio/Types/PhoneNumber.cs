namespace Twilio.Types;

/// <summary>A phone number, or anything else that Twilio takes in place of one (a short code, an alphanumeric sender).</summary>
/// <param name="number">E.164 where it is a phone number. Not checked.</param>
public class PhoneNumber(string number)
{
    /// <summary>Lets a string stand for a number.</summary>
    public static implicit operator PhoneNumber(string number) => new(number);

    /// <summary>The number as given.</summary>
    public override string ToString() => number;
}
