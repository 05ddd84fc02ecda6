namespace JackAutomotive.RealtimeLoad;

internal static class Table
{
    public static void Print(string path) => Console.WriteLine(path);
}
