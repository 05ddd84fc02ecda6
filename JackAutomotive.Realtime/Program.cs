using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Tail;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddAccess();
builder.AddEvents();
builder.AddTail();
builder.AddPresence();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAccess();
app.MapDefaultEndpoints();
app.MapEvents();
app.MapDevelopmentPage();
app.Run();
