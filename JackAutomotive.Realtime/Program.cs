using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Tail;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddAccess();
builder.AddStreams();
builder.AddTail();
builder.AddPresence();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAccess();
app.MapDefaultEndpoints();
app.MapStreams();
app.MapDevelopmentPage();
app.Run();
