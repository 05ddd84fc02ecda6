using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddApiKeys();
builder.AddEvents();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAuthentication();
app.UseAuthorization();
app.MapDefaultEndpoints();
app.MapEvents();
app.Run();
