using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>How conversations are looked after, and what the agent says of itself.</summary>
internal sealed class ConversationsOptions
{
    public const string SectionName = "Conversations";
    public const string DealershipNameSetting = "DEALERSHIP_NAME";
    public const string AgentNameSetting = "AGENT_NAME";

    /// <summary>A conversation of which no end is told for this long is taken for ended.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxLiveTime { get; set; } = TimeSpan.FromHours(2);

    /// <summary>How often such conversations are looked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What the agent calls the dealership.</summary>
    [Required, StringLength(100)]
    public string DealershipName { get; set; } = "our dealership";

    /// <summary>What the agent calls itself.</summary>
    [Required, StringLength(100)]
    public string AgentName { get; set; } = "Jack";
}

[OptionsValidator]
internal sealed partial class ValidateConversationsOptions : IValidateOptions<ConversationsOptions>;
