/** Options of the IPv4 header, one by one (RFC 791, section 3.1; RFC 2113 for the router alert). */

import { inBytes, named } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { ShownFields } from "./header-table.ts";
import { END_OF_OPTIONS as END, LEAST_OPTION_LENGTH, NO_OPERATION, OptionFault } from "./layer.ts";

const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const LOOSE_ROUTE = 131;
const STRICT_ROUTE = 137;
const ROUTER_ALERT = 148;

/** Stream identifier, router alert, quick start, MTU probe and reply, traceroute (RFC 791, 2113, 4782, 1063, 1393). */
const IPV4_LENGTHS: ReadonlyMap<number, number> = new Map([
  [136, 4],
  [148, 4],
  [25, 8],
  [11, 4],
  [12, 4],
  [82, 12],
]);
/** Record route, source routes, time stamps, security, extended and commercial security. */
const LEAST_IPV4_LENGTHS: ReadonlyMap<number, number> = new Map([
  [7, 3],
  [131, 3],
  [137, 3],
  [68, 4],
  [130, 3],
  [133, 3],
  [134, 6],
]);
const ROUTES: ReadonlySet<number> = new Set([7, 131, 137]);
/** Type, length and pointer of a route, before its addresses. */
const ROUTE_START = 3;
const TIMESTAMP_START = 4;
const ADDRESS_LENGTH = 4;

/** @param fourth the byte after the pointer: of time stamps, its lower half says what stands beside each */
export function ipv4OptionFault(type: number, length: number, fourth: number): number {
  const right = IPV4_LENGTHS.get(type);
  if (right !== undefined && length !== right) {
    return length < right ? OptionFault.IPV4_LENGTH | OptionFault.MALFORMED : OptionFault.IPV4_LENGTH;
  }
  if (length < (LEAST_IPV4_LENGTHS.get(type) ?? LEAST_OPTION_LENGTH)) return OptionFault.MALFORMED;
  if (ROUTES.has(type)) return (length - ROUTE_START) % ADDRESS_LENGTH === 0 ? 0 : OptionFault.IPV4_PART;
  if (type !== TIMESTAMP) return 0;
  const part = (fourth & 0xf) === 0 ? ADDRESS_LENGTH : 2 * ADDRESS_LENGTH;
  return (length - TIMESTAMP_START) % part === 0 ? 0 : OptionFault.IPV4_PART;
}

const FIRST_POINTER = 4;

/**
 * The last address of a source route among the options of an IPv4 header, if the packet has not arrived there yet.
 *
 * @returns its index in `bytes`, or 0
 */
export function endOfSourceRoute(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; ) {
    const type = bytes[at]!;
    if (type === END) return 0;
    if (type === NO_OPERATION) {
      at++;
      continue;
    }
    const length = at + 1 < end ? bytes[at + 1]! : 0;
    if (length < LEAST_OPTION_LENGTH || at + length > end) return 0;
    if (type === LOOSE_ROUTE || type === STRICT_ROUTE)
      return hasStopsAhead(length, bytes[at + 2]!) ? at + length - ADDRESS_LENGTH : 0;
    at += length;
  }
  return 0;
}

/** Whether the pointer, counted from 1, is at one of the addresses. What is neither a route nor at an address is not believed. */
function hasStopsAhead(length: number, pointer: number): boolean {
  const isRoute = length > ROUTE_START && (length - ROUTE_START) % ADDRESS_LENGTH === 0;
  return isRoute && pointer >= FIRST_POINTER && pointer < length && pointer % ADDRESS_LENGTH === 0;
}

interface OptionKind {
  readonly name: string;
  readonly label: string;
  readonly read?: (reader: FieldReader, lastStopAt: number) => void;
}

const CLASSES: Readonly<Record<number, string>> = { 0: "Control", 2: "Debugging and measurement" };

const KINDS: Readonly<Record<number, OptionKind>> = {
  [END]: { name: "ip.options.eol", label: "End of Options List (EOL)" },
  [NO_OPERATION]: { name: "ip.options.nop", label: "No-Operation (NOP)" },
  [RECORD_ROUTE]: {
    name: "ip.options.record_route",
    label: "Record Route",
    read: (reader) => readRoute(reader, "ip.rec_rt", "Recorded Route"),
  },
  [TIMESTAMP]: { name: "ip.options.timestamp", label: "Time Stamp", read: readTimestamps },
  [LOOSE_ROUTE]: {
    name: "ip.options.route",
    label: "Loose Source Route",
    read: (reader, lastStopAt) => readRoute(reader, "ip.src_rt", "Source Route", lastStopAt),
  },
  [STRICT_ROUTE]: {
    name: "ip.options.source_route",
    label: "Strict Source Route",
    read: (reader, lastStopAt) => readRoute(reader, "ip.src_rt", "Source Route", lastStopAt),
  },
  [ROUTER_ALERT]: {
    name: "ip.options.routeralert",
    label: "Router Alert",
    read: (reader) =>
      void reader.number("ip.opt.ra", "Router Alert", 2, {
        text: (value) => `${value === 0 ? "Router shall examine packet" : "Reserved"} (${value})`,
      }),
  },
};

/** Those fields that filters can ask for. */
export const IPV4_OPTION_FIELDS: ShownFields = {
  "ip.options.eol": ["label", "the end of the options is marked"],
  "ip.options.nop": ["label", "no operation, among the options"],
  "ip.options.record_route": ["label", "there is a record of the route"],
  "ip.rec_rt": ["ipv4", "Recorded Route"],
  "ip.options.timestamp": ["label", "there are time stamps"],
  "ip.options.route": ["label", "there is a loose source route"],
  "ip.src_rt": ["ipv4", "Source Route"],
  "ip.options.source_route": ["label", "there is a strict source route"],
  "ip.options.routeralert": ["label", "there is a router alert"],
  "ip.opt.ra": ["number", "Router Alert", 0xffff],
  "ip.opt.padding": ["bytes", "Padding"],
  "ip.opt.len": ["number", "Length", 0xff],
  "ip.opt.type.copy": ["boolean", "Copy on fragmentation"],
  "ip.opt.type.class": ["number", "Class", 0xff],
  "ip.opt.type.number": ["number", "Number", 0xff],
  "ip.opt.type": ["number", "Type", 0xff],
  "ip.opt.ptr": ["number", "Pointer", 0xff],
  "ip.empty_rt": ["ipv4", "Empty Route"],
  "ip.opt.overflow": ["number", "Overflow", 0xff],
  "ip.opt.flag": ["number", "Flag", 0xff],
  "ip.opt.time_stamp_addr": ["ipv4", "Address"],
  "ip.opt.time_stamp": ["number", "Time stamp"],
  "ip.cur_rt": ["ipv4", "Current Route"],
};

const UNKNOWN: OptionKind = {
  name: "",
  label: "Unknown",
  read: (reader) => void reader.raw("", "Data", reader.remaining),
};

/**
 * @param length bytes that the header has for options
 * @param lastStopAt where the last stop of a route stands that is still to be travelled, or 0
 */
export function ipv4Options(reader: FieldReader, length: number, lastStopAt: number): void {
  if (length <= 0) return;
  if (reader.remaining === 0) {
    reader.skip(length);
    return;
  }
  const options = reader.inside(length);
  while (options.remaining > 0 && readOption(options, lastStopAt) !== END);
  if (options.remaining > 0) options.raw("ip.opt.padding", "Padding", options.remaining);
  const size = Math.min(length, reader.remaining);
  reader.heading("Options", size, inBytes(size), options.finish());
  if (size < length) reader.skip(length - size);
}

/** @returns the type of the option, or that of the last one where the list cannot be followed any further */
function readOption(reader: FieldReader, lastStopAt: number): number {
  const type = reader.peek(0);
  const kind = KINDS[type] ?? UNKNOWN;
  const isSingle = type === END || type === NO_OPERATION;
  const length = isSingle ? 1 : reader.peek(1);
  if (!isSingle && (length < 2 || length > reader.remaining)) {
    reader.malformed(`an option of type ${type} has length ${length}, of ${inBytes(reader.remaining)} that are left`);
    return END;
  }
  const inner = reader.inside(length);
  typeField(inner);
  if (!isSingle) {
    inner.number("ip.opt.len", "Length", 1);
    noteFault(inner, type, length);
    kind.read?.(inner, lastStopAt);
  }
  reader.group(kind.name, `IP Option - ${kind.label}`, length, inBytes(length), inner.finish());
  return type;
}

function noteFault(reader: FieldReader, type: number, length: number): void {
  const fault = ipv4OptionFault(type, length, reader.peek(1));
  if ((fault & OptionFault.IPV4_LENGTH) !== 0) {
    reader.generated("ip.opt.len.invalid", "Invalid length for option", undefined, { text: "its type cannot have it" });
  }
  if ((fault & OptionFault.IPV4_PART) !== 0) {
    reader.generated("ip.subopt_too_long", "Suboption would go past end of option", undefined, {
      text: "the last one",
    });
  }
  if ((fault & OptionFault.MALFORMED) !== 0)
    reader.malformed(`an option of type ${type} cannot have ${inBytes(length)}`);
}

function typeField(reader: FieldReader): void {
  const parts = reader.inside(1);
  parts.flag("ip.opt.type.copy", "Copy on fragmentation", 1, 0x80, { text: (is) => (is ? "Yes" : "No") });
  parts.bits("ip.opt.type.class", "Class", 1, 0x60, { text: (value) => named(CLASSES, value, "Reserved") });
  parts.bits("ip.opt.type.number", "Number", 1, 0x1f);
  reader.number("ip.opt.type", "Type", 1, { children: parts.fields });
}

/** Addresses that were passed, or are to be passed; the pointer, counted from 1, says which comes next. */
function readRoute(reader: FieldReader, name: string, label: string, lastStopAt = 0): void {
  const pointer = reader.number("ip.opt.ptr", "Pointer", 1);
  while (reader.remaining >= 4) {
    const isNext = reader.at - reader.start + 1 >= pointer;
    const isEmpty = isNext && name === "ip.rec_rt";
    if (lastStopAt !== 0 && reader.at === lastStopAt) reader.ipv4("ip.dst", "Destination Address");
    else if (isEmpty) reader.ipv4("ip.empty_rt", "Empty Route");
    else reader.ipv4(isNext ? name : "ip.rec_rt", isNext ? label : "Recorded Route");
  }
}

/** What stands beside the times depends on the flag: nothing, or addresses. */
function readTimestamps(reader: FieldReader): void {
  reader.number("ip.opt.ptr", "Pointer", 1);
  reader.bits("ip.opt.overflow", "Overflow", 1, 0xf0);
  const flag = reader.bits("ip.opt.flag", "Flag", 1, 0x0f);
  reader.skip(1);
  while (reader.remaining >= (flag === 0 ? 4 : 8)) {
    if (flag !== 0) reader.ipv4("ip.opt.time_stamp_addr", "Address");
    reader.number("ip.opt.time_stamp", "Time stamp", 4);
  }
}
