using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Tail;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddApiKeys();
builder.AddEvents();
builder.AddTail();
builder.AddPresence();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();
app.MapDefaultEndpoints();
app.MapEvents();
app.Run();
