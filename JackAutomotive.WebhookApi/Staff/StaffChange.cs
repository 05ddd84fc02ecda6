using System.Text.Json;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Staff;

/// <summary>
/// A new member of staff, or a change of one. A field that is left out stays as it is; null removes an e-mail address or a number:
/// <code>{"name": "Ann Lee", "email": "ann@dealer.example", "phone": "+1 202 555 0123", "active": true}</code>
/// </summary>
internal sealed record StaffChange
{
    private const int MaxName = 100;
    private const int MaxEmail = 254;

    public string? Name { get; init; }

    public bool ChangesEmail { get; init; }

    public string? Email { get; init; }

    public bool ChangesPhone { get; init; }

    public PhoneNumber? Phone { get; init; }

    public bool? IsActive { get; init; }

    /// <summary>Reads a new member, who must have a name.</summary>
    public static StaffChange ReadNew(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var change = Read(body, out errors);
        if (errors.Count == 0 && change.Name is null)
        {
            errors["name"] = [DescribeRule("name")];
        }

        return change;
    }

    /// <summary>Reads a change. Unknown fields are errors, because a field with a typing error would otherwise change nothing silently.</summary>
    public static StaffChange Read(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var change = new StaffChange();
        errors = [];
        if (body.ValueKind != JsonValueKind.Object || body.GetPropertyCount() == 0)
        {
            errors["body"] = ["It must be a JSON object with name, email, phone or active."];
            return change;
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            switch (name)
            {
                case "name" when ReadText(value, MaxName) is { } text:
                    change = change with { Name = text };
                    break;
                case "email" when value.ValueKind == JsonValueKind.Null:
                    change = change with { ChangesEmail = true, Email = null };
                    break;
                case "email" when ReadText(value, MaxEmail) is { } email && IsEmail(email):
                    change = change with { ChangesEmail = true, Email = email };
                    break;
                case "phone" when value.ValueKind == JsonValueKind.Null:
                    change = change with { ChangesPhone = true, Phone = null };
                    break;
                case "phone" when PhoneNumber.TryParse(RequestJson.TextOrNull(value), out var phone):
                    change = change with { ChangesPhone = true, Phone = phone };
                    break;
                case "active" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    change = change with { IsActive = value.GetBoolean() };
                    break;
                default:
                    errors[name] = [DescribeRule(name)];
                    break;
            }
        }

        return change;
    }

    /// <summary>Returns the member after the change.</summary>
    public StaffDetails ApplyTo(StaffDetails member) => member with
    {
        Name = Name ?? member.Name,
        Email = ChangesEmail ? Email : member.Email,
        Phone = ChangesPhone ? Phone?.Value : member.Phone,
        IsActive = IsActive ?? member.IsActive,
    };

    private static string? ReadText(JsonElement value, int maxLength) =>
        RequestJson.TextOrNull(value)?.Trim() is { Length: > 0 } text && text.Length <= maxLength && PlainText.Clean(text) == text ? text : null;

    private static bool IsEmail(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at == text.LastIndexOf('@') && at < text.Length - 1
        && !text.Any(char.IsWhiteSpace);

    private static string DescribeRule(string field) => field switch
    {
        "name" => $"It must be a text of 1 to {MaxName} characters.",
        "email" => "It must be an e-mail address, or null.",
        "phone" => "It must be a phone number, such as +12025550123, or null.",
        "active" => "It must be true or false.",
        _ => "There is no such field. The fields are name, email, phone and active.",
    };
}
