using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Tail;

/// <summary>One event of the log of all leads, with the frame that every client receives.</summary>
/// <param name="Place">The event's place in the log of all leads, which is also the frame's id.</param>
/// <param name="Lead">The lead to which the event belongs.</param>
/// <param name="Type">One of <see cref="LeadEventTypes"/>.</param>
/// <param name="Block">The frame.</param>
internal readonly record struct TailEvent(long Place, LeadId Lead, string Type, Block Block);

/// <summary>A page of the events that one client missed.</summary>
/// <param name="Frames">The frames in the order of the log. The list may be empty although further pages have frames.</param>
/// <param name="After">The place up to which the client has every event after this page; the next page starts after this place.</param>
internal readonly record struct TailPage(List<ReadOnlyMemory<byte>> Frames, long After);
