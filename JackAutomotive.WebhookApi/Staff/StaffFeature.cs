using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Staff;

internal static class StaffFeature
{
    public static void AddStaff(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<StaffStore>();
        builder.Services.AddSingleton<StaffNumbers>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StaffNumbers>());
    }

    public static void MapStaff(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/staff").WithTags("Staff");

        group.MapGet("", ListStaff.List).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/{id}", ListStaff.Get).RequireAuthorization(ApiKeys.Read);
        group.MapPost("", SaveStaff.Add).RequireAuthorization(ApiKeys.Write);
        group.MapPatch("/{id}", SaveStaff.Change).RequireAuthorization(ApiKeys.Write);
    }
}
