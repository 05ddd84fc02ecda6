using System.Reflection;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Architecture;

/// <summary>
/// Nobody can swap a lead and another id where a method is called: a lead has a type of its own, as phone numbers and addresses have, so the
/// compiler refuses it.
/// </summary>
public sealed class TypedIdsTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    [Fact]
    public void Methods_take_leads_as_lead_ids()
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
            .Where(use => use.parameter.Name is "lead" or "leadId" && IsBareId(use.parameter.ParameterType))
            .Select(Describe));
    }

    private static bool IsBareId(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var id && (id == typeof(Guid) || id == typeof(string));

    private static string Describe((MethodInfo Method, ParameterInfo Parameter) use) =>
        $"{use.Method.Name} of {use.Method.DeclaringType!.Name} takes {use.Parameter.Name} as {use.Parameter.ParameterType.Name}";
}
