using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Inbox.Spool;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

internal static class InboxFeature
{
    /// <summary>Adds the inbox: storing and handling deliveries, and the spool for outages.</summary>
    public static void AddInbox(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<InboxOptions>, ValidateInboxOptions>();
        builder.Services.AddOptionsWithValidateOnStart<InboxOptions>().BindConfiguration(InboxOptions.SectionName);
        builder.Services.AddOptionsWithValidateOnStart<SpoolOptions>().BindConfiguration(SpoolOptions.SectionName);

        builder.Services.AddSingleton<InboxSignal>();
        builder.Services.AddSingleton<InboxInsert>();
        builder.Services.AddSingleton<SpoolAlerts>();
        builder.Services.AddSingleton<KeptDeliveries>();
        builder.Services.AddSingleton<OutageSpool>();
        builder.Services.AddSingleton<LargeSpool>();
        builder.Services.AddSingleton<KeptRetries>();
        builder.Services.AddSingleton<InboxWriter>();
        builder.Services.AddSingleton<RawBodyStore>();
        builder.Services.AddSingleton<LargeDeliveries>();
        builder.Services.AddSingleton<DeliveryLeases>();
        builder.Services.AddSingleton<ConflictStore>();
        builder.Services.AddSingleton<DeliveryAlerts>();
        builder.Services.AddSingleton<ContradictionLog>();
        builder.Services.AddSingleton<IAlertSource, SpoolAlertSource>();
        builder.Services.AddSingleton<ParkedDeliveries>();
        builder.Services.AddSingleton<RoutingConfiguration>();
        builder.Services.AddSingleton<DeliveryInbox>();
        builder.Services.AddSingleton<InboxClaims>();
        builder.Services.AddSingleton<OrderingLines>();
        builder.Services.AddSingleton<DeliveryVerdicts>();
        builder.Services.AddSingleton<DeliveryBatches>();
        builder.Services.AddSingleton<ErasedDeliveries>();
        builder.Services.AddSingleton<InboxWorker>();
        builder.Services.AddSingleton<RerouteWorker>();

        builder.Services.AddHealthChecks().AddCheck<SpoolHealthCheck>("spool");

        // Hosted services stop in the reverse order: InboxWorker stops before InboxWriter.
        builder.Services.AddHostedService(services => services.GetRequiredService<InboxWriter>());
        builder.Services.AddHostedService<SpoolWorker>();
        builder.Services.AddHostedService<LargeSpoolWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<InboxWorker>());
        builder.Services.AddHostedService(services => services.GetRequiredService<RerouteWorker>());
    }

    /// <summary>Registers the handler of a topic.</summary>
    /// <param name="services">The services that receive the handler.</param>
    /// <param name="topic">One of <see cref="Topics"/>.</param>
    /// <param name="types">
    /// The provider's types that the handler supports, if the handler parks other types as unroutable. When a later version of the program
    /// supports another type, that version replays the parked deliveries of the type.
    /// </param>
    public static void AddDeliveryHandler<THandler>(this IServiceCollection services, string topic, params string[] types)
        where THandler : class, IDeliveryHandler
    {
        services.AddKeyedScoped<IDeliveryHandler, THandler>(topic);
        services.AddSingleton(new RoutingFact("topic", topic));
        foreach (var type in types)
        {
            services.AddSingleton(new RoutingFact(topic, type));
        }
    }

    /// <summary>Adds the values of a setting to the routing configuration; other values make parked deliveries due again.</summary>
    public static void AddRoutingFacts(
        this IServiceCollection services,
        string setting,
        Func<IServiceProvider, IReadOnlyList<string>> values) =>
        services.AddSingleton(provider => new RoutingFact(setting, string.Join(',', values(provider).Order(StringComparer.Ordinal))));
}
