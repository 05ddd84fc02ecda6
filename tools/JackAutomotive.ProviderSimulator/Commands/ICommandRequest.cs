using System.ComponentModel.DataAnnotations;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The request of a command, over HTTP or on the command line. Its validation attributes state the allowed values.</summary>
internal interface ICommandRequest
{
    /// <summary>Returns the validation errors by member; empty if the request is valid.</summary>
    Dictionary<string, string[]> Validate()
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true);
        return results
            .SelectMany(result => result.MemberNames, (result, member) => (Member: member, Message: result.ErrorMessage ?? "Not allowed."))
            .GroupBy(error => error.Member, error => error.Message)
            .ToDictionary(errors => errors.Key, errors => errors.ToArray());
    }
}
