using System.Reflection;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Architecture;

/// <summary>
/// Nobody can swap a lead, an address and a provider's id where a method is called: each has a type of its own, so the compiler refuses it.
/// </summary>
public sealed class TypedIdsTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] s_leadNames = ["lead", "leadid"];

    [Fact]
    public void Methods_take_leads_as_lead_ids_and_phone_numbers_as_addresses()
    {
        // An endpoint gets the text of its route, and parses it first.
        var parameters = typeof(LeadStore).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("JackAutomotive.WebhookApi", StringComparison.Ordinal) == true)
            .SelectMany(type => type.GetMethods(Declared))
            .Where(method => method is { IsPrivate: false, IsSpecialName: false, Name: not ("Handle" or "Deconstruct") }
                && !method.Name.Contains('<', StringComparison.Ordinal))
            .SelectMany(method => method.GetParameters().Select(parameter => (method, parameter)))
            .ToList();

        Assert.NotEmpty(parameters);
        Assert.Empty(parameters
            .Where(use => s_leadNames.Contains(use.parameter.Name?.ToLowerInvariant()) && !IsLead(use.parameter.ParameterType))
            .Select(Describe));
        Assert.Empty(parameters
            .Where(use => use.parameter.Name is "phone" or "address" or "phoneNumber"
                && use.parameter.ParameterType == typeof(string)
                && use.method.DeclaringType!.Namespace is "JackAutomotive.WebhookApi.Leads" or "JackAutomotive.WebhookApi.Identification")
            .Select(Describe)
            .Where(use => !use.StartsWith("TryParse", StringComparison.Ordinal)));
    }

    private static bool IsLead(Type type) => (Nullable.GetUnderlyingType(type) ?? type) == typeof(LeadId);

    private static string Describe((MethodInfo Method, ParameterInfo Parameter) use) =>
        $"{use.Method.Name} of {use.Method.DeclaringType!.Name} takes {use.Parameter.Name} as {use.Parameter.ParameterType.Name}";
}
