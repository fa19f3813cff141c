/** Options of the IPv6 hop-by-hop and destination headers (RFC 8200, section 4.2; RFC 2711, RFC 2675, RFC 2473, RFC 6275). */
import { hex, inBytes, named } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { ShownFields } from "./header-table.ts";

export const PAD_1 = 0;
export const PAD_N = 1;

/** Bytes of data: tunnel limit, router alert, jumbo payload, home address, quick start, depth-first forwarding. */
const IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [4, 1],
  [5, 2],
  [194, 4],
  [201, 16],
  [38, 6],
  [238, 3],
]);
/** Security labels (RFC 5570) and lossy networks (RFC 9008) have more, as they need. */
const LEAST_IPV6_LENGTHS: ReadonlyMap<number, number> = new Map([
  [7, 8],
  [99, 4],
]);

/** The data of an option of a hop-by-hop or destination header is no longer or shorter than its type has it. */
export function isIpv6OptionLength(type: number, dataLength: number): boolean {
  return dataLength === (IPV6_LENGTHS.get(type) ?? dataLength) && dataLength >= (LEAST_IPV6_LENGTHS.get(type) ?? 0);
}

interface OptionKind {
  readonly label: string;
  readonly read: (reader: FieldReader) => void;
}

const KINDS: Readonly<Record<number, OptionKind>> = {
  [PAD_N]: {
    label: "PadN",
    read: (reader) => void (reader.remaining > 0 && reader.raw("ipv6.opt.padn", "PadN", reader.remaining)),
  },
  4: {
    label: "Tunnel Encapsulation Limit",
    read: (reader) => void reader.number("ipv6.opt.tel", "Tunnel Encapsulation Limit", 1),
  },
  5: {
    label: "Router Alert",
    read: (reader) =>
      void reader.number("ipv6.opt.router_alert", "Router Alert", 2, { text: (value) => named(ALERTS, value) }),
  },
  194: { label: "Jumbo", read: (reader) => void reader.number("ipv6.opt.jumbo", "Payload Length", 4) },
  201: {
    label: "Home Address",
    read: (reader) => void reader.ipv6("ipv6.opt.mipv6.home_address", "MIPv6 Home Address"),
  },
};

/** Those fields that filters can ask for. */
export const IPV6_OPTION_FIELDS: ShownFields = {
  "ipv6.opt.padn": ["bytes", "PadN"],
  "ipv6.opt.tel": ["number", "Tunnel Encapsulation Limit", 0xff],
  "ipv6.opt.router_alert": ["number", "Router Alert", 0xffff],
  "ipv6.opt.jumbo": ["number", "Payload Length"],
  "ipv6.opt.mipv6.home_address": ["ipv6", "MIPv6 Home Address"],
  "ipv6.opt.unknown": ["bytes", "Unknown Option Payload"],
  "ipv6.opt.type": ["number", "Type", 0xff],
  "ipv6.opt": ["label", "IPv6 Option"],
  "ipv6.opt.length": ["number", "Length", 0xff],
  "ipv6.opt.type.action": ["number", "Action", 0xff],
  "ipv6.opt.type.change": ["boolean", "May Change"],
  "ipv6.opt.type.rest": ["number", "Low-Order Bits", 0xff],
};

const UNKNOWN: OptionKind = {
  label: "Unknown",
  read: (reader) => void reader.raw("ipv6.opt.unknown", "Unknown Option Payload", reader.remaining),
};

const ALERTS: Readonly<Record<number, string>> = { 0: "MLD", 1: "RSVP", 2: "Active Networks" };

const ACTIONS: Readonly<Record<number, string>> = {
  0: "Skip and continue",
  1: "Discard",
  2: "Discard and send ICMP Parameter Problem",
  3: "Discard and send ICMP Parameter Problem, unless the destination is multicast",
};

/** @param length bytes that the header has for options */
export function ipv6Options(reader: FieldReader, length: number): void {
  const options = reader.inside(length);
  while (options.remaining > 0) readOption(options);
  for (const option of options.fields) reader.fields.push(option);
  reader.at = Math.max(reader.at, options.at);
}

function readOption(reader: FieldReader): void {
  const type = reader.peek(0);
  if (type === PAD_1) {
    const inner = reader.inside(1);
    inner.number("ipv6.opt.type", "Type", 1, { text: "Pad1 (0x00)" });
    reader.group("ipv6.opt", "IPv6 Option", 1, "Pad1", inner.fields);
    return;
  }
  const length = 2 + reader.peek(1);
  if (reader.remaining < length) {
    reader.malformed(`an option of type ${type} has ${inBytes(length)}, of which ${reader.remaining} are left`);
    return;
  }
  const kind = KINDS[type] ?? UNKNOWN;
  const inner = reader.inside(length);
  typeField(inner);
  inner.number("ipv6.opt.length", "Length", 1);
  if (type !== PAD_N && !isIpv6OptionLength(type, length - 2)) {
    inner.malformed(`an option of type ${type} cannot have ${inBytes(length)}`);
  } else kind.read(inner);
  reader.group("ipv6.opt", "IPv6 Option", length, kind.label, inner.finish());
}

/** The upper three bits of the type say what to do with an option that one does not know. */
function typeField(reader: FieldReader): void {
  const parts = reader.inside(1);
  parts.bits("ipv6.opt.type.action", "Action", 1, 0xc0, { text: (value) => named(ACTIONS, value) });
  parts.flag("ipv6.opt.type.change", "May Change", 1, 0x20, { text: (is) => (is ? "Yes" : "No") });
  parts.bits("ipv6.opt.type.rest", "Low-Order Bits", 1, 0x1f, { text: (value) => hex(value, 1) });
  const { label } = KINDS[reader.peek(0)] ?? UNKNOWN;
  reader.number("ipv6.opt.type", "Type", 1, { text: (value) => `${label} (${hex(value, 1)})`, children: parts.fields });
}
