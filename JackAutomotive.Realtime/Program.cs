using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Events;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddNpgsqlDataSource("crm");
builder.AddAccess();
builder.AddEvents();

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.UseAccess();
app.MapDefaultEndpoints();
app.MapEvents();
app.MapDevelopmentPage();
app.Run();
