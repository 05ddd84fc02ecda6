using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Collects log entries: text, fields, exceptions, event names and scopes.</summary>
internal sealed class LogCollector : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _entries = new();

    public IReadOnlyCollection<string> Entries => _entries;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(LogCollector collector, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            collector._entries.Enqueue($"scope {Describe(state)}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            collector._entries.Enqueue($"{logLevel} {category} {formatter(state, exception)} {Describe(state)} {exception}{eventId.Name}");

        private static string Describe<TState>(TState state) =>
            state is IEnumerable<KeyValuePair<string, object?>> fields
                ? string.Join(';', fields.Select(field => $"{field.Key}={field.Value}"))
                : $"{state}";
    }
}
