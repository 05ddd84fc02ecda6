using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using System.Text.Json;
using JackAutomotive.Analysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using OpenAI;

namespace JackAutomotive.WebhookApi.Analysis.Model;

/// <summary>
/// Analyses conversations with a language model at any OpenAI-compatible endpoint. The answer must follow the same rules as that of the rule
/// engine: see <see cref="ModelAnswer"/>. The rules contribute the rubric of quality and every request to end all contact.
/// </summary>
internal sealed class ModelEngine : IAnalysisEngine, IDisposable
{
    /// <summary>The name of the engine in every result.</summary>
    public const string Name = "model";

    private readonly IChatClient? _client;
    private readonly AnalysisOptions _options;
    private readonly RuleEngine _rules;

    public ModelEngine(IOptions<AnalysisOptions> options, RuleEngine rules)
    {
        (_options, _rules) = (options.Value, rules);
        _client = _options.HasModel ? CreateClient(_options) : null;
    }

    /// <summary>Whether an endpoint and a model are configured.</summary>
    public bool IsConfigured => _client is not null;

    /// <summary>The model and the versions of the prompt and of the rules that contribute.</summary>
    public string Version => $"{_options.Model}/{ModelPrompt.Version}+{RuleEngine.Version}";

    /// <inheritdoc/>
    /// <exception cref="ModelException">The model fails, is too slow, or gives an invalid answer.</exception>
    public async Task<ConversationAnalysis> AnalyzeAsync(Transcript transcript, CancellationToken cancellationToken)
    {
        if (_client is null)
        {
            throw new InvalidOperationException("No model is configured.");
        }

        var length = transcript.Turns.Sum(turn => turn.Text.Length);
        if (length > _options.MaxModelCharacters)
        {
            throw new ModelException("too-long", $"the conversation has {length} characters; the model gets at most {_options.MaxModelCharacters}");
        }

        var rules = _rules.Analyze(transcript);
        var answer = ModelAnswer.Read(await AskAsync(_client, transcript, cancellationToken), transcript);
        return answer.Complete(rules, Name, Version);
    }

    public void Dispose() => _client?.Dispose();

    private static IChatClient CreateClient(AnalysisOptions options)
    {
        // The rules stand in at once, so a failed request is not repeated. An endpoint that needs no key ignores it.
        var settings = new OpenAIClientOptions { Endpoint = new Uri(options.Endpoint!), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };
        var key = string.IsNullOrWhiteSpace(options.ApiKey) ? "none" : options.ApiKey;
        return new OpenAIClient(new ApiKeyCredential(key), settings).GetChatClient(options.Model).AsIChatClient();
    }

    private async Task<string> AskAsync(IChatClient client, Transcript transcript, CancellationToken cancellationToken)
    {
        // The time is real time: a model that hangs does so in real time.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(_options.Timeout);
        try
        {
            var response = await client.GetResponseAsync(
                ModelPrompt.Build(transcript),
                new ChatOptions { Temperature = 0, ResponseFormat = ChatResponseFormat.Json },
                timeout.Token);
            return response.Text;
        }
        catch (Exception e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ModelException("timeout", string.Create(
                CultureInfo.InvariantCulture, $"the model has not answered within {_options.Timeout.TotalSeconds} s ({e.GetType().Name})"));
        }
        catch (ClientResultException e)
        {
            throw new ModelException("error", $"the endpoint of the model answered with the status {e.Status}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or JsonException or InvalidOperationException or AggregateException
            or ArgumentException or NotSupportedException or FormatException)
        {
            // The text of these errors may repeat the answer.
            throw new ModelException("error", $"the endpoint of the model cannot be used ({e.GetType().Name})");
        }
    }
}
