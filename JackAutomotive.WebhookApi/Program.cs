using JackAutomotive.WebhookApi;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Features.Access;
using JackAutomotive.WebhookApi.Features.ElevenLabs;
using JackAutomotive.WebhookApi.Features.Leads;
using JackAutomotive.WebhookApi.Features.Twilio;
using JackAutomotive.WebhookApi.Messaging;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddMessaging();
builder.AddAccess();
builder.AddElevenLabs();
builder.AddTwilio();
builder.AddLeads();

var app = builder.Build();
app.UseForwardedHeaders();
app.UseExceptionHandler(Problems.ExceptionHandling);
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();
app.MapDefaultEndpoints();
app.MapElevenLabs();
app.MapTwilio();
app.MapLeads();
app.Run();
