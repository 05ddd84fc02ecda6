using System.ComponentModel.DataAnnotations;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>What a command is asked to do, over HTTP or on the command line; its attributes say what is allowed.</summary>
internal interface ICommandRequest
{
    /// <summary>What is not allowed, by member; empty if everything is.</summary>
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
