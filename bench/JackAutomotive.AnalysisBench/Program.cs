using BenchmarkDotNet.Running;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.AnalysisBench;

// Usage: evaluate <folder> [--mistakes] | stops <file> [--mistakes] | train <file of weights> <folder>... | train-stops <file of weights> <folder> | speed | analyse (reads lines from standard input)
// ANALYSIS_RULES names a folder with rule files that replace the built-in ones.
RuleData.Folder = Environment.GetEnvironmentVariable("ANALYSIS_RULES");
switch (args)
{
    case ["evaluate", var folder, .. var options]:
        new Evaluation(folder, Console.Out).Run(options.Contains("--mistakes"));
        return 0;
    case ["stops", var file, .. var options]:
        StopRequests.Evaluate(file, options.Contains("--mistakes"), Console.Out);
        return 0;
    case ["train", var output, .. var folders]:
        var training = new Training(folders);
        training.CrossValidate(Console.Out);
        training.Write(output);
        return 0;
    case ["train-stops", var output, var folder]:
        var stopTraining = new StopTraining(folder);
        stopTraining.CrossValidate(Console.Out);
        stopTraining.Write(output);
        return 0;
    case ["speed", .. var rest]:
        BenchmarkRunner.Run<Speed>(args: rest);
        return 0;
    case ["analyse"]:
        while (Console.ReadLine() is { } line)
        {
            // "dealership's line => customer's answer", or only what the customer says.
            var parts = line.Split(" => ");
            Console.WriteLine(Describe(parts[^1], parts.Length > 1 ? parts[0] : null));
        }

        return 0;
    default:
        Console.Error.WriteLine("Usage: evaluate <folder> [--mistakes] | stops <file> [--mistakes] | train <file of weights> <folder>... | train-stops <file of weights> <folder> | speed | analyse");
        return 2;
}

static string Describe(string text, string? before)
{
    var verdict = Systems.Engine(text, before, TurnChannel.Sms);
    return $"{verdict.Sentiment,-8} {string.Join(',', verdict.Intents)}{(verdict.Objection is { } kind ? "/" + kind : "")} | {text}";
}
