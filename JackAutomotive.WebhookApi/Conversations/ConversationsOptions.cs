using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>Options of the live conversations, and the names that the agent uses.</summary>
internal sealed class ConversationsOptions
{
    public const string SectionName = "Conversations";
    public const string DealershipNameSetting = "DEALERSHIP_NAME";
    public const string AgentNameSetting = "AGENT_NAME";

    /// <summary>The maximum time without an end. After this time a live conversation is assumed ended.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan MaxLiveTime { get; set; } = TimeSpan.FromHours(2);

    /// <summary>The interval of the sweep that finds live conversations without an end.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The name that the agent uses for the dealership.</summary>
    [Required, StringLength(100)]
    public string DealershipName { get; set; } = "our dealership";

    /// <summary>The name that the agent uses for itself.</summary>
    [Required, StringLength(100)]
    public string AgentName { get; set; } = "Jack";
}

[OptionsValidator]
internal sealed partial class ValidateConversationsOptions : IValidateOptions<ConversationsOptions>;
