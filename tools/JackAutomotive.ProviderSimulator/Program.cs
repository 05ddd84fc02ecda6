using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Twilio;

if (CommandLine.ContainsCommand(args))
{
    return await CommandLine.RunAsync(args);
}

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPosting();
builder.AddApis();
builder.AddTwilio();
builder.AddElevenLabs();
builder.AddCommands();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapDefaultEndpoints();
app.MapCommands();
app.MapApis();
app.MapTwilioApi();
app.MapElevenLabsApi();
await app.RunAsync();
return 0;
