/** What a packet is, why it was sent and what becomes of it, in words: the comments of a capture. */
import { withThousands } from "../../core/text.ts";
import { formatTcpFlags, TcpFlag } from "../../headers/tcp-fields.ts";
import type { Cause } from "../tcp/segment.ts";
import type { SenderState } from "../tcp/sender-state.ts";
import type { Course } from "./course.ts";
import type { NetworkEnd } from "./network-connection.ts";
import type { Passage } from "./passage.ts";

const { ACK } = TcpFlag;

const WHY: Readonly<Record<Cause, string>> = {
  syn: "",
  new: "",
  fin: "",
  ack: "",
  "duplicate-ack": "the same acknowledgement again, since something is missing or came twice",
  "window-update": "its window has grown",
  timeout: "sent again: the retransmission timer ran out",
  fast: "sent again: duplicate acknowledgements say that it is missing",
  sack: "sent again: what has arrived behind it says that it is missing",
  "path-mtu": "sent again in smaller segments: it was larger than the path takes",
  "tail-probe": "sent again: nothing has come back for its tail",
  "window-probe": "asks whether the closed window is open again",
  "keep-alive": "asks whether the other side is still there",
  challenge: "answers a segment that cannot be right",
  reset: "",
};

/** Of a packet whose truth is known. @param ticksPerSecond of the session @returns each a remark of its own */
export function describePassage(passage: Passage, ticksPerSecond: number): string[] {
  const { end, segment } = passage;
  const what = segment.length > 0 ? end.said.describe(segment.sequence, segment.length) : describeBare(end, passage);
  const why = WHY[segment.cause];
  const record = passage.record!;
  const again = record.repeats === undefined ? "" : ` (first sent as transmission ${record.repeats})`;
  const told = why === "" ? what : `${what}; ${why}${again}`;
  const becomes = describeFate({ ...record, damagedAt: passage.damagedAt }, ticksPerSecond);
  const { sender } = record;
  return [told, becomes, ...(sender === undefined ? [] : [describeSender(sender, ticksPerSecond)])];
}

/** As much of the way of a packet as is told. */
type Way = Pick<Course, "fate" | "lostAt" | "damagedAt" | "sent" | "arrived" | "isMarked">;

/** A segment without data. */
function describeBare({ name }: NetworkEnd, { segment }: Passage): string {
  const kind = formatTcpFlags(segment.flags);
  switch (segment.cause) {
    case "reset":
      return `${kind}: ${name} breaks the connection off, or refuses it`;
    case "syn":
      return `${kind}: ${name} ${(segment.flags & ACK) === 0 ? "opens" : "accepts"}`;
    case "fin":
      return `${kind}: ${name} has nothing more to send`;
    default:
      return kind;
  }
}

/** What becomes of a packet, in words. */
export function describeFate(passage: Way, ticksPerSecond: number): string {
  const place = (at: number) => `${Math.round(at * 100)} % of the way from client to server`;
  switch (passage.fate) {
    case "lost":
      return `lost at ${place(passage.lostAt!)}`;
    case "queue-full":
      return "lost: the queue in the middle is full";
    case "too-large":
      return "lost: larger than the path takes";
    case "corrupted":
      return `a bit flips at ${place(passage.damagedAt!)}, and the receiver throws it away`;
    case "delivered":
      return `arrives after ${seconds(passage.arrived! - passage.sent, ticksPerSecond)}${passage.isMarked ? ", marked for congestion" : ""}`;
  }
}

function describeSender(state: SenderState, ticksPerSecond: number): string {
  const threshold = state.ssthresh === undefined ? "none" : withThousands(state.ssthresh);
  const srtt = state.srtt === undefined ? "unknown" : seconds(state.srtt, ticksPerSecond);
  return (
    `cwnd ${withThousands(state.cwnd)}, ssthresh ${threshold}, in flight ${withThousands(state.inFlight)}, ` +
    `window ${withThousands(state.window)}, SRTT ${srtt}, RTO ${seconds(state.rto, ticksPerSecond)}`
  );
}

function seconds(ticks: number, ticksPerSecond: number): string {
  const milliseconds = (ticks / ticksPerSecond) * 1000;
  return milliseconds < 1000
    ? `${Number(milliseconds.toPrecision(4))} ms`
    : `${Number((milliseconds / 1000).toPrecision(4))} s`;
}
