// Opens streams, publishes messages, and prints one line of JSON with the received messages and the cost.
//
//   load --peer NAME --scenario NAME --stream http://127.0.0.1:PORT/PATH/{lead} ... [--header 'Name: value']
//     --redis 127.0.0.1:PORT [--as-product true] | --post http://127.0.0.1:PORT/PATH/{lead} [--post-body '... {lead} ... {message} ...']
//       | --post http://127.0.0.1:PORT/api/webhooks/twilio/sms/incoming --webhook-token TOKEN
//     [--log CONNECTION-STRING]        commits messages to this database before it publishes them
//     [--server-ids PID,..] [--redis-ids PID,..] [--log-ids PID,..]        the processes whose CPU time and memory are measured
//     [--between COMMAND]        runs while all readers are disconnected
//     [--open-at-once N] [--reopen-at-once N] [--readers N] [--channels N] [--rate N] [--seconds N] [--window N] [--as NAME-IN-RESULT]
//   load table RESULTS        prints the tables, from the quietest run of each peer and scenario
//
// All addresses must be loopback addresses.
using JackAutomotive.RealtimeLoad;

if (args is ["table", var results])
{
    Table.Print(results);
    return 0;
}

try
{
    using var run = new Run(Settings.Parse(args));
    Console.WriteLine(run.Execute());
    return 0;
}
catch (Exception e) when (e is ArgumentException or FormatException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
