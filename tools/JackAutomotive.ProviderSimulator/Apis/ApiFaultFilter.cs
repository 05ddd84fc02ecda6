using System.Globalization;

namespace JackAutomotive.ProviderSimulator.Apis;

internal static class ApiFaultFilter
{
    /// <summary>Lets the faults that are switched on hit the requests of a provider's API.</summary>
    /// <param name="api">The provider's endpoints.</param>
    /// <param name="provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
    /// <param name="createError">Creates the provider's answer with a status.</param>
    public static RouteGroupBuilder WithFaults(this RouteGroupBuilder api, string provider, Func<int, IResult> createError) =>
        api.AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var time = http.RequestServices.GetRequiredService<TimeProvider>();
            var plan = http.RequestServices.GetRequiredService<ApiFaults>().Draw(provider, HttpMethods.IsPost(http.Request.Method));
            http.Features.Set(plan);

            await WaitAsync(plan.Latency, time, http.RequestAborted);
            switch (plan.Outcome?.Kind)
            {
                case ApiFaultKind.RateLimit:
                    http.Response.Headers.RetryAfter = plan.Outcome.RetryAfter?.ToString(CultureInfo.InvariantCulture);
                    return createError(StatusCodes.Status429TooManyRequests);
                case ApiFaultKind.ErrorBefore:
                    return createError(plan.Outcome.Status);
                case ApiFaultKind.DroppedRequest:
                    http.Abort();
                    return Results.Empty;
            }

            var answer = await next(context);
            await WaitAsync(plan.LateBy, time, http.RequestAborted);
            switch (plan.Outcome?.Kind)
            {
                case ApiFaultKind.ErrorAfter:
                    return createError(plan.Outcome.Status);
                case ApiFaultKind.DroppedAnswer:
                    http.Abort();
                    return Results.Empty;
                default:
                    return answer;
            }
        });

    private static Task WaitAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellationToken) =>
        delay > TimeSpan.Zero ? Task.Delay(delay, time, cancellationToken) : Task.CompletedTask;
}
