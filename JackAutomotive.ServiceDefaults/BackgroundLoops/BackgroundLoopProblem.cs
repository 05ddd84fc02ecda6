namespace Microsoft.Extensions.Hosting;

/// <summary>What is wrong with a background loop.</summary>
/// <param name="Text">The problem in words that follow the loop's name, such as "has failed 4 times in a row for 7 s, last with …".</param>
/// <param name="IsSevere">Whether the service cannot work with this problem.</param>
internal sealed record BackgroundLoopProblem(string Text, bool IsSevere);
