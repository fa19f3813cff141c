/** What headers of several protocols have in common: a checksum and what became of it, ports, the stream of a packet. */
import { finishChecksum, sumBytes } from "../core/checksum.ts";
import { crc32c, swapBytes } from "../core/crc.ts";
import { hex } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { Auto } from "./fields.ts";
import type { AnyHeader, AnyStackedHeader, Following, LaidField } from "./header-table.ts";
import type { Field, LayerContext, StreamContext } from "./layer.ts";
import { ChecksumStatus } from "./layer.ts";

/** Wireshark's `PROTO_CHECKSUM_E_...`, in which the sum of a pseudo-header alone is a bad checksum. */
const STATUS: Readonly<Record<ChecksumStatus, readonly [number, string]>> = {
  [ChecksumStatus.UNCHECKED]: [2, "Unverified"],
  [ChecksumStatus.GOOD]: [1, "Good"],
  [ChecksumStatus.BAD]: [0, "Bad"],
  [ChecksumStatus.PARTIAL]: [0, "Bad"],
  [ChecksumStatus.ABSENT]: [3, "Not present"],
};

/**
 * Reads the checksum field of a header.
 *
 * @param expected the sum that belongs there, if it is known
 */
export function checksumField(
  reader: FieldReader,
  protocol: string,
  label: string,
  status: ChecksumStatus,
  expected?: number,
  length: 2 | 4 = 2,
): number {
  const [number, word] = STATUS[status];
  const child: Field = {
    name: `${protocol}.checksum.status`,
    label: "Checksum Status",
    start: reader.at,
    length: 0,
    value: number,
    text: word,
  };
  return reader.number(`${protocol}.checksum`, label, length, {
    text: (sum) => `${hex(sum, length)} [${statusWords(status, expected, length)}]`,
    meaning: MEANINGS[status],
    children: [child],
  });
}

const MEANINGS: Readonly<Partial<Record<ChecksumStatus, string>>> = {
  [ChecksumStatus.GOOD]: "what arrived is, as far as this sum can tell, what was sent",
  [ChecksumStatus.BAD]:
    "the bytes that the sum covers are not those that it was made of; a receiver would drop the packet",
  [ChecksumStatus.PARTIAL]: "the packet was captured on its way out, before the network adapter filled the sum in",
  [ChecksumStatus.ABSENT]: "the sender made no sum, so that damage cannot be noticed here",
};

function statusWords(status: ChecksumStatus, expected: number | undefined, length: number): string {
  switch (status) {
    case ChecksumStatus.GOOD:
      return "correct";
    case ChecksumStatus.BAD:
      return expected === undefined ? "incorrect" : `should be ${hex(expected, length)}`;
    case ChecksumStatus.PARTIAL:
      return "partial: left to the hardware";
    case ChecksumStatus.ABSENT:
      return "none";
    default:
      return "unverified";
  }
}

/**
 * The checksum that bytes should have, whatever stands in the field now.
 *
 * @param start,end what it covers, both within the view
 * @param fieldAt the checksum itself, an even number of bytes from the start
 * @param pseudoHeaderSum what else it covers
 */
export function checksumOf(view: DataView, start: number, end: number, fieldAt: number, pseudoHeaderSum = 0): number {
  const before = sumBytes(view, start, fieldAt, pseudoHeaderSum);
  return finishChecksum(sumBytes(view, fieldAt + 2, end, before));
}

/** What a table says of the checksum of its header. */
export type ChecksumRule = Extract<Auto, { readonly kind: "checksum" }>;

/**
 * The flag that says whether a field holds anything: the room for it may be there for the sake of others. Undefined where
 * no flag announces it.
 */
export function flagOf({ layout }: Pick<AnyHeader, "layout">, field: LaidField): LaidField | undefined {
  return layout.find(({ name }) => name === field.flag);
}

/**
 * The sum that belongs into the field of a table's checksum, as the field has it.
 *
 * @param start,end what it covers, both within the view @param fieldAt the field
 */
export function sumByRule(
  rule: ChecksumRule,
  view: DataView,
  start: number,
  end: number,
  fieldAt: number,
  pseudoHeaderSum = 0,
): number {
  if (rule.algorithm === "crc32c") {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    return swapBytes(crc32c(bytes, start, end, fieldAt, 4));
  }
  const sum = checksumOf(view, start, end, fieldAt, rule.hasPseudoHeader ? pseudoHeaderSum : 0);
  return sum === 0 ? (rule.zeroAs ?? 0) : sum;
}

/** Where ends what a checksum covers, of a message from `start` to `end`, whose header says how many bytes that is. */
export function coveredEnd(start: number, end: number, coverage: number): number {
  return coverage === 0 ? end : Math.min(end, start + coverage);
}

/** Both ports, with which the headers of TCP and UDP begin: of fewer bytes, nothing can be said. */
export const PORTS_LENGTH = 4;

/** What a stream tells of a segment or datagram: of one that is quoted or carries a tunnel, only which stream it is. */
export function streamOf({ isTransport, streamNumber, stream }: LayerContext): StreamContext {
  return isTransport ? stream : { stream: streamNumber };
}

export function streamFields(reader: FieldReader, protocol: "tcp" | "udp", layer: LayerContext): void {
  const { stream, timeText } = streamOf(layer);
  if (stream !== undefined) reader.generated(`${protocol}.stream`, "Stream index", stream);
  if (timeText === undefined) return;
  reader.generated(`${protocol}.time_relative`, "Time since first frame of the stream", undefined, { text: timeText });
}

/** The first port of those that systems take for clients (RFC 6335, section 6), and one of a service without a number of its own. */
export const CLIENT_PORT = 49_152;
export const SERVICE_PORT = 9999;

/** The ports that a message is sent to and from, where nobody says otherwise: the server's, and the client's. */
export function portsOf(message: AnyStackedHeader | undefined): { readonly server: number; readonly client: number } {
  const [server = SERVICE_PORT, client = CLIENT_PORT] = [message?.header.follows?.udpPort ?? []].flat();
  return { server, client };
}

/** What a packet of IP begins with that nothing but its first four bits announces. */
export function versionAt(view: DataView, at: number, end: number): Following | undefined {
  return at < end ? ["ipVersion", view.getUint8(at) >>> 4] : undefined;
}
