/** Whether the data of a DNS record is what its type says (RFC 1035, section 3.3, and the RFCs named below). */
import { readName } from "./dns-names.ts";

/**
 * A part of the data: a number is that many bytes; `name` a domain name; `string` a length of one byte and that many
 * bytes; `strings` one or more of them; `pairs` numbers of two bytes, each with a length of two bytes and that many bytes;
 * `bitmap` windows of a bit map, each with a length of one byte. `rest` is whatever follows.
 */
type Part = number | "name" | "string" | "strings" | "pairs" | "bitmap" | "rest";

const SERVICE_BINDING: readonly Part[] = [2, "name", "pairs"];

const LAYOUTS: Readonly<Record<number, readonly Part[]>> = {
  /** A */
  1: [4],
  /** NS, CNAME, PTR, DNAME (RFC 6672) */
  2: ["name"],
  5: ["name"],
  12: ["name"],
  39: ["name"],
  /** SOA */
  6: ["name", "name", 20],
  /** HINFO */
  13: ["string", "string"],
  /** MX */
  15: [2, "name"],
  /** TXT */
  16: ["strings"],
  /** AAAA (RFC 3596) */
  28: [16],
  /** SRV (RFC 2782) */
  33: [6, "name"],
  /** NAPTR (RFC 3403) */
  35: [4, "string", "string", "string", "name"],
  /** OPT (RFC 6891) */
  41: ["pairs"],
  /** DS, RRSIG, NSEC, DNSKEY (RFC 4034) */
  43: [4, "rest"],
  46: [18, "name", "rest"],
  47: ["name", "bitmap"],
  48: [4, "rest"],
  /** SVCB, HTTPS (RFC 9460) */
  64: SERVICE_BINDING,
  65: SERVICE_BINDING,
  /** CAA (RFC 8659) */
  257: [1, "string", "rest"],
};

/** A, AAAA, SRV, NAPTR, SVCB, HTTPS: in another class than that of the Internet, they hold something else, or nothing. */
const INTERNET_TYPES: ReadonlySet<number> = new Set([1, 28, 33, 35, 64, 65]);
const INTERNET = 1;
/** In updates, a record that is to go (RFC 2136, section 2.5.4). */
const NONE = 254;

/** @param classNumber without the bit that multicast DNS has there */
export function hasKnownData(type: number, classNumber: number): boolean {
  return LAYOUTS[type] !== undefined && (!INTERNET_TYPES.has(type) || classNumber === INTERNET || classNumber === NONE);
}

/**
 * @param at,end of the data in `bytes`
 * @returns what is wrong; undefined also for types and classes that nobody here knows, and for data of no bytes, which
 *   updates have (RFC 2136)
 */
export function findRecordDataProblem(
  bytes: Uint8Array,
  messageStart: number,
  at: number,
  end: number,
  type: number,
  classNumber: number,
): string | undefined {
  const layout = LAYOUTS[type];
  if (layout === undefined || !hasKnownData(type, classNumber) || at >= end) return undefined;
  let next = at;
  for (const part of layout) {
    if (part === "name") {
      const name = readName(bytes, messageStart, next, end);
      if (name.problem !== undefined) return name.problem;
      next += name.length;
    } else next = behind(part, bytes, next, end);
    if (next > end) return "the data of a record is too short for its type";
  }
  return next < end ? "the data of a record is longer than its type has it" : undefined;
}

/** @returns index behind the part; beyond `end` where it is not whole */
function behind(part: Exclude<Part, "name">, bytes: Uint8Array, at: number, end: number): number {
  switch (part) {
    case "rest":
      return end;
    case "string":
      return at + 1 + (bytes[at] ?? 0);
    case "strings":
      return repeated(at, end, (next) => next + 1 + (bytes[next] ?? 0));
    case "pairs":
      return repeated(at, end, (next) => next + 4 + ((bytes[next + 2] ?? 0) << 8) + (bytes[next + 3] ?? 0));
    case "bitmap":
      return repeated(at, end, (next) => next + 2 + (bytes[next + 1] ?? 0));
    default:
      return at + part;
  }
}

function repeated(at: number, end: number, behindOne: (next: number) => number): number {
  let next = at;
  while (next < end) next = behindOne(next);
  return next;
}
