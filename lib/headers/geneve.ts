/** Generic Network Virtualization Encapsulation: anything with an EtherType over UDP (RFC 8926, section 3.4). */
import { badField } from "../core/errors.ts";
import { etherTypeText, hex, inBytes } from "./assigned-numbers.ts";
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import { defineHeader } from "./define-header.ts";
import type { FieldReader } from "./field-reader.ts";
import { bits, flag, type TailCodec, tail, u8, u16 } from "./fields.ts";
import type { Following, HeaderOf } from "./header-table.ts";

const LAYER = "GENEVE header";
const UNIT = 4;
const FIXED_UNITS = 2;
const OPTION_START = 4;
const TYPE_AT = 2;
const LENGTH_AT = 3;
const LENGTH_BITS = 0x1f;
const LONGEST_DATA = LENGTH_BITS * UNIT;
const CRITICAL = 0x80;
const PROTOCOL_TYPE_AT = 2;
const LOWEST_TYPE = 0x0600;

/** An option of Geneve (RFC 8926, section 3.5). */
export interface GeneveOption {
  /** Who has defined it, 0 to 65535. */
  readonly class: number;
  /** 0 to 255; from 128 on, who does not know the option must drop the packet. */
  readonly type: number;
  /** Three bits. Default: 0. */
  readonly reserved?: number;
  /** Up to 124 bytes. What is missing to a multiple of four is filled up with zeros. */
  readonly data: Uint8Array;
}

const unitsOf = (option: GeneveOption): number =>
  Math.ceil(lengthOfBytes(LAYER, option.data, "data of an option") / UNIT);

const codec: TailCodec<readonly GeneveOption[], readonly GeneveOption[]> = {
  byteLength: (options) => {
    lengthOfList(LAYER, options, "options");
    return options.reduce((sum, option) => sum + OPTION_START + unitsOf(option) * UNIT, 0);
  },
  encode: (options, bytes, start) => {
    let at = start;
    for (const option of options) at = encodeOption(option, bytes, at);
  },
  decode: decodeOptions,
};

function encodeOption(option: GeneveOption, bytes: Uint8Array, at: number): number {
  const { class: owner, type, reserved = 0, data } = option;
  if (data.length > LONGEST_DATA) {
    throw badField(LAYER, at, `an option takes ${data.length} bytes, and can take ${LONGEST_DATA}`);
  }
  for (const [value, largest, name] of [
    [owner, 0xffff, "class"] as const,
    [type, 0xff, "type"] as const,
    [reserved, 7, "reserved"] as const,
  ]) {
    if (!(Number.isInteger(value) && value >= 0 && value <= largest)) {
      throw badField(LAYER, at, `the ${name} of an option is ${value}, and can be 0 to ${largest}`);
    }
  }
  bytes[at] = owner >>> 8;
  bytes[at + 1] = owner & 0xff;
  bytes[at + TYPE_AT] = type;
  bytes[at + LENGTH_AT] = (reserved << 5) | unitsOf(option);
  bytes.set(data, at + OPTION_START);
  return at + OPTION_START + unitsOf(option) * UNIT;
}

function decodeOptions(bytes: Uint8Array, start: number, end: number): readonly GeneveOption[] {
  const options: GeneveOption[] = [];
  for (let at = start; at < end; ) {
    const length = OPTION_START + (bytes[at + LENGTH_AT]! & LENGTH_BITS) * UNIT;
    if (at + length > end) throw badField(LAYER, at, "an option goes on behind the options");
    options.push({
      class: bytes[at]! * 256 + bytes[at + 1]!,
      type: bytes[at + TYPE_AT]!,
      reserved: bytes[at + LENGTH_AT]! >>> 5,
      data: bytes.slice(at + OPTION_START, at + length),
    });
    at += length;
  }
  return options;
}

const flags = { filter: "flags", label: "Flags", about: "all flags", text: (value: number) => hex(value, 1) };
const TRUE_OR_FALSE = (is: boolean) => (is ? "True" : "False");

/** Makes GENEVE headers, 8 bytes and options, and reads them. */
export const geneve = defineHeader({
  name: "geneve",
  protocol: "Geneve",
  layer: LAYER,
  follows: { udpPort: 6081 },
  fields: {
    /** Of Geneve, 0 to 3. Default: 0. */
    version: bits(2, { filter: "version", label: "Version", default: 0, show: showVersion }),
    /** Bytes of the options in units of 4, 0 to 63. Computed. */
    optionsLength: bits(6, {
      filter: "option.length",
      label: "Length",
      about: "bytes of the options, or of one",
      unit: UNIT,
      auto: { kind: "headerLength", unit: UNIT, minus: FIXED_UNITS },
      text: inBytes,
      meaning: "the options behind this header",
    }),
    /** Whether this is a control packet. Default: false. */
    controlPacket: flag({
      filter: "flags.oam",
      label: "Operations, Administration and Management Frame",
      default: false,
      group: flags,
      text: TRUE_OR_FALSE,
    }),
    /** Whether there are options that must be understood. Default: false. */
    criticalOptionsPresent: flag({
      filter: "flags.critical",
      label: "Critical Options Present",
      default: false,
      group: flags,
      text: TRUE_OR_FALSE,
    }),
    /** Of no meaning, 0 to 63. Default: 0. */
    reserved1: bits(6, { default: 0, group: flags }),
    /** What follows, 0 to 65535; see `EtherType`. */
    protocolType: u16({
      filter: "proto_type",
      label: "Protocol Type",
      about: "EtherType of what follows",
      announces: "etherType",
      text: etherTypeText,
    }),
    /** Virtual network identifier (VNI), 0 to 2^24 - 1. */
    networkIdentifier: bits(24, {
      filter: "vni",
      label: "Virtual Network Identifier (VNI)",
      about: "network that the packet inside belongs to",
      text: (value) => `${hex(value, 3)} (${value})`,
    }),
    /** Of no meaning, 0 to 255. Default: 0. */
    reserved2: u8({ filter: "reserved", label: "Reserved", default: 0, text: (value) => hex(value, 1) }),
    /** A list of options, or bytes. Default: none. */
    options: tail(codec, { show: showOptions }),
  },
  next: (view, at) => followingType(view.getUint16(at + PROTOCOL_TYPE_AT)),
  tunnel: { name: "Geneve", identifier: "networkIdentifier" },
  about: "Geneve",
  drawing: "GENEVE header (RFC 8926)",
  summary: ({ networkIdentifier }) =>
    `Generic Network Virtualization Encapsulation, VNI: ${hex(networkIdentifier as number, 3)}`,
});

/** What `geneve` takes: fields that are left out have their defaults. */
export type GeneveHeader = HeaderOf<typeof geneve.fields>;

function followingType(type: number): Following | undefined {
  return type < LOWEST_TYPE ? undefined : ["etherType", type];
}

/** The two bits are read, in Wireshark, from the byte of the length, too. */
function showVersion(reader: FieldReader): number {
  return reader.bits("geneve.version", "Version", 1, 0xc0);
}

function showOptions(reader: FieldReader): void {
  const all = reader.inside(reader.remaining);
  if (all.remaining === 0) return;
  while (all.remaining > 0) {
    const length = OPTION_START + (all.peek(LENGTH_AT) & LENGTH_BITS) * UNIT;
    if (length > all.remaining) {
      all.malformed("an option goes on behind the options");
      break;
    }
    const option = all.inside(length);
    const type = describeOption(option, length);
    const kind = `Type: ${hex(type, 1)} (${type >= CRITICAL ? "Critical" : "Non-critical"})`;
    all.raw("geneve.option", "Option", length, { text: kind, children: option.fields });
  }
  const length = reader.remaining;
  reader.raw("geneve.options", "Options", length, { text: `(${inBytes(length)})`, children: all.fields });
}

function describeOption(option: FieldReader, length: number): number {
  option.number("geneve.option.class", "Class", 2, { text: (value) => hex(value, 2) });
  const type = option.number("geneve.option.type", "Type", 1, { text: (value) => hex(value, 1) });
  const lengthText = inBytes(length);
  option.skip(1);
  option.derived("geneve.option.length", "Length", 1, 1, length, { mask: LENGTH_BITS, text: lengthText });
  option.raw("geneve.option.unknown.data", "Unknown Option Data", length - OPTION_START);
  return type;
}
