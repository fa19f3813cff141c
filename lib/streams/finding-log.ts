/** All findings of a capture, a few numbers each: there can be as many as packets. */
import { Circumstance, FINDING_KINDS, Finding, type FindingKind, meaningOf } from "./findings.ts";

/** What is kept of one packet with findings. */
export interface FoundPacket {
  /** Its number in the file, from 1. */
  readonly frame: number;
  /** Bits of `Finding`. */
  readonly findings: number;
  /** Number of its TCP or UDP stream, or -1. */
  readonly stream: number;
  /** Whether the higher end point of its stream sent it. */
  readonly isFromHigher: boolean;
  /** Relative to the first sequence number; 0 where it is no TCP segment. */
  readonly sequence: number;
  /** Its acknowledgment number, counted from the first of the other side. */
  readonly acknowledgment: number;
  /** Bytes of its payload. */
  readonly length: number;
  /** Not scaled. */
  readonly window: number;
  /** Whether its stream is one of TCP. Default: true. */
  readonly isTcp?: boolean | undefined;
  /** What its surroundings say. Default: nothing. */
  readonly circumstance?: Circumstance | undefined;
}

const COLUMNS = 8;
const FIRST_CAPACITY = 256;
/** Sentences on malformed packets are kept for so many of them. */
const MOST_DETAILS = 1000;

/** The findings of a capture, in 32 bytes a packet; they are put into words when these are asked for. */
export class FindingLog {
  #rows = new Uint32Array(FIRST_CAPACITY * COLUMNS);
  #count = 0;
  readonly #totals = new Uint32Array(FINDING_KINDS.length);
  readonly #details = new Map<number, string>();

  /** How many packets have findings. */
  get packetCount(): number {
    return this.#count;
  }

  /** How many findings of this kind there are. */
  count(kind: FindingKind): number {
    return this.#totals[Math.log2(kind.bit)] ?? 0;
  }

  /**
   * Keeps the findings of a packet.
   *
   * @param detail what is malformed
   */
  add(
    packet: FoundPacket,
    detail?: {
      /** What is wrong, where the packet is malformed. */
      readonly message: string;
    },
  ): void {
    if ((this.#count + 1) * COLUMNS > this.#rows.length) this.#grow();
    const at = this.#count * COLUMNS;
    this.#rows[at] = packet.frame;
    this.#rows[at + 1] = packet.findings;
    this.#rows[at + 2] = packet.stream + 1;
    this.#rows[at + 3] = packet.sequence;
    this.#rows[at + 4] = packet.acknowledgment;
    this.#rows[at + 5] = packet.length;
    this.#rows[at + 6] = packet.window * 2 + (packet.isFromHigher ? 1 : 0);
    this.#rows[at + 7] = (packet.circumstance ?? Circumstance.NONE) * 2 + (packet.isTcp === false ? 1 : 0);
    this.#count++;
    for (let bits = packet.findings; bits !== 0; bits &= bits - 1) this.#totals[31 - Math.clz32(bits & -bits)]!++;
    if (detail !== undefined && this.#details.size < MOST_DETAILS) this.#details.set(packet.frame, detail.message);
  }

  /** Adds findings that were made only when the capture had ended, each to its packet or where it belongs. */
  insert(late: readonly FoundPacket[]): void {
    if (late.length === 0) return;
    const byFrame = new Map(late.map((packet) => [packet.frame, packet]));
    const all = Array.from(this.packets(), (packet) => {
      const more = byFrame.get(packet.frame);
      byFrame.delete(packet.frame);
      return more === undefined ? packet : { ...packet, findings: packet.findings | more.findings };
    });
    all.push(...byFrame.values());
    all.sort((a, b) => a.frame - b.frame);
    this.#count = 0;
    this.#totals.fill(0);
    for (const packet of all) this.add(packet);
  }

  /** Packets with findings, in the order of the capture. */
  *packets(): Generator<FoundPacket> {
    for (let at = 0; at < this.#count * COLUMNS; at += COLUMNS) {
      const rows = this.#rows;
      yield {
        frame: rows[at]!,
        findings: rows[at + 1]!,
        stream: rows[at + 2]! - 1,
        sequence: rows[at + 3]!,
        acknowledgment: rows[at + 4]!,
        length: rows[at + 5]!,
        window: rows[at + 6]! >>> 1,
        isFromHigher: (rows[at + 6]! & 1) === 1,
        isTcp: (rows[at + 7]! & 1) === 0 ? undefined : false,
        circumstance: ((rows[at + 7]! >>> 1) as Circumstance) || undefined,
      };
    }
  }

  /** As JSON has it: a list of the findings, each with its frame. */
  toJSON(): readonly object[] {
    return Array.from(this.findings(), findingJson);
  }

  /** Every finding, one at a time, in the order of the capture. */
  *findings(): Generator<{
    /** What was found. */
    readonly kind: FindingKind;
    /** The packet that it was found in. */
    readonly packet: FoundPacket;
    /** What is said of it, for people. */
    readonly text: string;
  }> {
    for (const packet of this.packets()) {
      for (const kind of FINDING_KINDS) {
        if ((packet.findings & kind.bit) !== 0) yield { kind, packet, text: this.#describe(kind, packet) };
      }
    }
  }

  #describe(kind: FindingKind, packet: FoundPacket): string {
    if (kind.bit === Finding.MALFORMED) {
      const detail = this.#details.get(packet.frame);
      return detail === undefined ? `${kind.title}: ${kind.meaning}.` : `${kind.title}: ${detail}.`;
    }
    const meaning = meaningOf(kind, packet.circumstance ?? Circumstance.NONE);
    return `${kind.title}: ${meaning}${describeNumbers(kind, packet)}.`;
  }

  #grow(): void {
    const rows = new Uint32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}

const ACK_KINDS =
  Finding.DUPLICATE_ACK |
  Finding.ACK_LOST_SEGMENT |
  Finding.KEEP_ALIVE_ACK |
  Finding.ZERO_WINDOW_PROBE_ACK |
  Finding.WINDOW_UPDATE |
  Finding.ZERO_WINDOW;

const DATA_KINDS =
  Finding.RETRANSMISSION |
  Finding.FAST_RETRANSMISSION |
  Finding.SPURIOUS_RETRANSMISSION |
  Finding.OUT_OF_ORDER |
  Finding.LOST_SEGMENT |
  Finding.KEEP_ALIVE |
  Finding.REUSED_PORTS |
  Finding.WINDOW_FULL |
  Finding.ZERO_WINDOW_PROBE;

/** The numbers that show it, in parentheses. */
function describeNumbers(kind: FindingKind, { sequence, acknowledgment, length, window }: FoundPacket): string {
  if ((kind.bit & ACK_KINDS) !== 0) {
    const what = (kind.bit & (Finding.WINDOW_UPDATE | Finding.ZERO_WINDOW)) === 0 ? "" : `, window ${window}`;
    return ` (acknowledgment ${acknowledgment}${what})`;
  }
  return (kind.bit & DATA_KINDS) === 0 ? "" : ` (sequence ${sequence}, ${length} ${length === 1 ? "byte" : "bytes"})`;
}

/** A finding as JSON has it. */
export function findingJson({
  kind,
  packet,
  text,
}: {
  readonly kind: FindingKind;
  readonly packet: Pick<FoundPacket, "frame" | "stream" | "isTcp">;
  readonly text: string;
}) {
  const conversation = {
    protocol: packet.isTcp === false ? ("UDP" as const) : ("TCP" as const),
    stream: packet.stream,
  };
  return {
    frame: packet.frame,
    ...(packet.stream >= 0 && conversation),
    code: kind.code,
    severity: kind.severity,
    text,
  };
}
