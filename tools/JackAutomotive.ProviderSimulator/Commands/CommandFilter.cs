namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Validates the request of every command, and answers with the name of a missing setting.</summary>
internal sealed class CommandFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var errors = context.Arguments.OfType<ICommandRequest>().SingleOrDefault()?.Validate();
        if (errors is { Count: > 0 })
        {
            return Problems.Invalid(errors);
        }

        try
        {
            return await next(context);
        }
        catch (SettingMissingException missing)
        {
            return Problems.SettingMissing(missing);
        }
    }
}
