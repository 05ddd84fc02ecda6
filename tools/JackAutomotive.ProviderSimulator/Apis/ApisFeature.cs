using JackAutomotive.ProviderSimulator.Commands;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>What the simulated APIs of both providers share: faults, the ledger, the customers, and the stories that follow a request.</summary>
internal static class ApisFeature
{
    public static void AddApis(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ApiOptions, ValidateApiOptions>().BindConfiguration(ApiOptions.SectionName);
        builder.Services.AddSingleton<ApiFaults>();
        builder.Services.AddSingleton<Customers>();
        builder.Services.AddSingleton<Ledger>();
        builder.Services.AddSingleton<StoryPlayer>();
    }

    public static void MapApis(this IEndpointRouteBuilder routes)
    {
        var commands = routes.MapGroup("").AddEndpointFilter<CommandFilter>();
        commands.MapPost("/faults", FaultCommands.Add);
        commands.MapGet("/faults", FaultCommands.List);
        commands.MapDelete("/faults", FaultCommands.Clear);
        commands.MapPost("/faults/clear", FaultCommands.Clear);
        commands.MapDelete("/faults/{id}", FaultCommands.Remove);
        commands.MapPost("/customers", Customers.HandleDescribe);
        commands.MapGet("/customers", Customers.List);
        commands.MapDelete("/customers", Customers.HandleClear);
        commands.MapGet("/ledger", Ledger.Show);
        commands.MapDelete("/ledger", Ledger.HandleReset);
        commands.MapGet("/messages", SentPage.Show);
    }
}
