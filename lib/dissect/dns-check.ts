/** Whether a DNS message can be read to its end (RFC 1035, section 4.1), without making anything of it. */
import { DNS_DIALECTS } from "./dns-ports.ts";
import { readName } from "./fields/dns-names.ts";
import { LayerKind } from "./layer-kinds.ts";
import type { PacketOutline } from "./outline.ts";
import { StoppedAt } from "./stopped-at.ts";

const HEADER_LENGTH = 12;
/** Type and class. */
const QUESTION_LENGTH = 4;
/** Type, class, time to live and length of the data. */
const RECORD_LENGTH = 10;
/** More entries than this are a message made to tire its reader. */
const MOST_ENTRIES = 4096;

/** What is wrong with the DNS message that a datagram carries; undefined where nothing is, or it carries none. */
export function findDnsProblem(o: PacketOutline): StoppedAt | undefined {
  const isDns = DNS_DIALECTS.has(o.sourcePort) || DNS_DIALECTS.has(o.destinationPort);
  if (o.transport !== LayerKind.UDP || !isDns) return undefined;
  const isWhole = o.payloadEnd - o.payloadAt === o.payloadLength;
  if (!isWhole || o.stopped !== undefined || o.payloadLength === 0) return undefined;
  return new DnsCheck(o).run();
}

class DnsCheck {
  readonly #o: PacketOutline;
  #at: number;

  constructor(o: PacketOutline) {
    this.#o = o;
    this.#at = o.payloadAt + HEADER_LENGTH;
  }

  run(): StoppedAt | undefined {
    const { transportView: view, payloadAt: at, payloadEnd: end } = this.#o;
    if (end - at < HEADER_LENGTH) return this.#problem("the header is cut off");
    const questions = view.getUint16(at + 4);
    const records = view.getUint16(at + 6) + view.getUint16(at + 8) + view.getUint16(at + 10);
    for (let entry = 0; entry < Math.min(questions + records, MOST_ENTRIES); entry++) {
      const problem = this.#skipEntry(entry < questions);
      if (problem !== undefined) return this.#problem(problem);
    }
    return undefined;
  }

  /** Goes past a question or a record. @returns what is wrong with it */
  #skipEntry(isQuestion: boolean): string | undefined {
    const { transportBytes, transportView, payloadAt, payloadEnd } = this.#o;
    if (this.#at >= payloadEnd) return "the message ends before its last entry";
    const name = readName(transportBytes, payloadAt, this.#at, payloadEnd);
    if (name.problem !== undefined) return name.problem;
    const fixed = this.#at + name.length;
    const next = fixed + (isQuestion ? QUESTION_LENGTH : RECORD_LENGTH);
    if (next > payloadEnd) return "an entry is cut off";
    this.#at = isQuestion ? next : next + transportView.getUint16(next - 2);
    return this.#at > payloadEnd ? "the data of a record goes beyond the message" : undefined;
  }

  #problem(problem: string): StoppedAt {
    const { layerCount, datagramLayer, start } = this.#o;
    const offset = layerCount > datagramLayer ? this.#at : this.#at - start;
    return new StoppedAt("BAD_FIELD", { layer: "DNS message", offset, problem });
  }
}
