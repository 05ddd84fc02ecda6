using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Tail;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddApiKeys();
builder.AddEvents();
builder.AddTail();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();
app.MapDefaultEndpoints();
app.MapEvents();
app.Run();
