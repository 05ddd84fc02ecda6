// Watches and publishes, and prints one line of JSON with what the readers got and what it cost.
//
//   load --peer NAME --scenario NAME --stream http://127.0.0.1:PORT/PATH/{lead} ... [--header 'Name: value']
//     --redis 127.0.0.1:PORT [--as-product true] | --post http://127.0.0.1:PORT/PATH/{lead} [--post-body '... {lead} ... {message} ...']
//       | --post http://127.0.0.1:PORT/api/webhooks/twilio/sms/incoming --webhook-token TOKEN
//     [--log CONNECTION-STRING]        messages are committed to this database before they are published
//     [--server-ids PID,..] [--redis-ids PID,..] [--log-ids PID,..]        whose CPU time and memory are counted
//     [--between COMMAND]        run while all readers are cut
//     [--open-at-once N] [--reopen-at-once N] [--readers N] [--channels N] [--rate N] [--seconds N] [--window N] [--as NAME-IN-RESULT]
//   load table RESULTS        the tables, from the quietest run of each peer and scenario
//
// Everything is on this machine; any other address is refused.
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
