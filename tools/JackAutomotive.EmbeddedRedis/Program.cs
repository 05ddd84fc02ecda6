using System.Runtime.InteropServices;
using Garnet;

// JackAutomotive.EmbeddedRedis PORT [FOLDER]: a Redis server on localhost:PORT until SIGTERM or SIGINT. REDIS_PASSWORD holds the
// password; without it the server needs none. FOLDER keeps the data; without it the server keeps them in memory only.

if (args is not [var port, .. var rest] || rest.Length > 1)
{
    await Console.Error.WriteLineAsync("usage: JackAutomotive.EmbeddedRedis PORT [FOLDER]");
    return 2;
}

// Garnet reserves what its options allow, and its defaults are those of a machine of its own.
List<string> options = ["--port", port, "--bind", "127.0.0.1", "--memory", "256m", "--index", "16m", "-q", "true"];

// The options stay inside this process: a password on the command line would be readable by every user.
if (Environment.GetEnvironmentVariable("REDIS_PASSWORD") is { Length: > 0 } password)
{
    options.AddRange(["--auth", "Password", "--password", password]);
}

if (rest is [var folder])
{
    options.AddRange(["--aof", "true", "--page", "4m", "--aof-memory", "64m", "--aof-page-size", "16m"]);

    // The default device needs the native library libaio, which not every machine has.
    options.AddRange(["--recover", "true", "--checkpointdir", folder, "--device-type", "RandomAccess"]);
}

try
{
    using var server = new GarnetServer([.. options]);
    using var stop = new ManualResetEventSlim();
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

    server.Start();
    Console.WriteLine($"Garnet, a Redis server, is ready to accept connections on port {port}.");
    stop.Wait();
    Console.WriteLine("Garnet is stopping.");
    return 0;

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        stop.Set();
    }
}
catch (Exception exception)
{
    await Console.Error.WriteLineAsync($"redis: Garnet could not be started on port {port}: {exception.Message}");
    return 1;
}
