namespace JackAutomotive.WebhookApi.Events;

/// <summary>A delivery would bring back data of a lead that was erased. The delivery is erased instead of handled.</summary>
internal sealed class ErasedDataException() : Exception("The delivery belongs to a lead that was erased.");
