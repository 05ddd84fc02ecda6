using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;

namespace JackAutomotive.Realtime.Tail;

/// <summary>One event of the log of all leads, framed once for everybody.</summary>
/// <param name="Position">Its place in that log, the frame's id.</param>
/// <param name="Lead">Whose it is.</param>
/// <param name="Type">One of <see cref="LeadEventTypes"/>.</param>
/// <param name="Block">The frame.</param>
internal readonly record struct TailEvent(long Position, LeadId Lead, string Type, Block Block);

/// <summary>A piece of what a client missed.</summary>
/// <param name="Frames">In order; may be empty although there is more.</param>
/// <param name="After">The client knows everything up to this place when it has got them.</param>
internal readonly record struct TailPage(List<ReadOnlyMemory<byte>> Frames, long After);
