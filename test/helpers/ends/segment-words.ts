/** Segments in the words of packetdrill. */
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import { Ecn, NO_TIMESTAMP, type Segment } from "../../../lib/session/tcp/segment.ts";

const LETTERS = [
  ["S", TcpFlag.SYN],
  ["F", TcpFlag.FIN],
  ["R", TcpFlag.RST],
  ["P", TcpFlag.PSH],
  ["U", TcpFlag.URG],
  ["E", TcpFlag.ECE],
  ["W", TcpFlag.CWR],
  [".", TcpFlag.ACK],
] as const;
const MARKS: Record<number, string> = {
  [Ecn.NOT_CAPABLE]: "",
  [Ecn.CAPABLE_0]: "[ect0] ",
  [Ecn.CAPABLE_1]: "[ect1] ",
  [Ecn.CONGESTION_EXPERIENCED]: "[ce] ",
};

/** As a line of a script has it behind its arrow, flags always in one order. */
export function describeSegment(segment: Segment): string {
  const { flags, sequence, length, acknowledgment, window, ecn } = segment;
  const letters = LETTERS.flatMap(([letter, flag]) => ((flags & flag) === 0 ? [] : [letter])).join("") || "-";
  const numbers = `${sequence}:${sequence + length}(${length})`;
  const ack = (flags & TcpFlag.ACK) === 0 ? "" : ` ack ${acknowledgment}`;
  const options = describeOptions(segment);
  return `${MARKS[ecn]}${letters} ${numbers}${ack} win ${window}${options === "" ? "" : ` <${options}>`}`;
}

function describeOptions({ syn, timestamp, timestampEcho, blocks }: Segment): string {
  const options: string[] = [];
  if (syn?.maximumSegmentSize !== undefined) options.push(`mss ${syn.maximumSegmentSize}`);
  if (syn?.sackPermitted === true) options.push("sackOK");
  if (timestamp !== NO_TIMESTAMP) options.push(`TS val ${timestamp} ecr ${timestampEcho}`);
  if (syn?.windowScale !== undefined) options.push(`wscale ${syn.windowScale}`);
  if (blocks.length > 0) {
    const pairs = Array.from({ length: blocks.length / 2 }, (_, at) => `${blocks[2 * at]}:${blocks[2 * at + 1]}`);
    options.push(`sack ${pairs.join(" ")}`);
  }
  return options.join(",");
}
