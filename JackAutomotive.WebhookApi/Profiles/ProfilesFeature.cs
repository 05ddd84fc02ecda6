using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Profiles;

internal static class ProfilesFeature
{
    /// <summary>Adds the profiles of leads: what was stated about them, and the values that count.</summary>
    public static void AddProfiles(this IHostApplicationBuilder builder) =>
        builder.Services.AddSingleton<ProfileUpdater>();

    public static void MapProfiles(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads/{id}").WithTags("Leads");
        group.MapGet("/profile", GetProfile.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPatch("", EditLead.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
