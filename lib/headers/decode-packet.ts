/** Packets back into stacks of headers: what `encodePacket` makes the same bytes of again, whatever the bytes. */
import { concatBytes, viewOf } from "../core/bytes.ts";
import { badField, CAPTURED_LENGTH, PacketError, requireBytes } from "../core/errors.ts";
import { BOOLEAN, checkOptions, type OptionRules, wholeNumber } from "../core/option-rules.ts";
import { LinkType } from "./assigned-numbers.ts";
import { LARGEST_ETHERNET_LENGTH, LOWEST_ETHER_TYPE } from "./ethernet.ts";
import type { NumberSpace } from "./fields.ts";
import type { AnyHeader, AnyStackedHeader, Following } from "./header-table.ts";
import { llc } from "./llc.ts";
import { ReadHeader } from "./made-header.ts";
import { rawData } from "./raw.ts";
import { headerAt, headerFor, headerInDatagram } from "./registry.ts";

/** How the bytes of a packet are to be understood. */
export interface DecodePacketOptions {
  /** LINKTYPE number: which header the packet begins with. Default: that of Ethernet. */
  readonly linkType?: number;
  /** Whether the first thing that is not right is an error. Default: false; what is not understood is data then. */
  readonly strict?: boolean;
  /** Bytes of the check sequence that the frame ends with; they become the trailer of the outermost header. Default: 0. */
  readonly frameCheckLength?: number;
}

const RULES: OptionRules<DecodePacketOptions> = {
  linkType: wholeNumber(0, 0xffff),
  strict: BOOLEAN,
  frameCheckLength: wholeNumber(0),
};

const NO_OPTIONS: DecodePacketOptions = {};
const NOTHING = new Uint8Array(0);
/** More headers than this are a packet made to tire its reader. */
const MOST_HEADERS = 64;
/** These link types are IP packets of either version. */
const RAW_LINKS: ReadonlySet<number> = new Set([LinkType.RAW, LinkType.RAW_BSD, LinkType.RAW_OPENBSD]);

/**
 * Reads a packet: every header that is understood, with all its fields, and what the innermost carries as data. Bytes behind
 * the end that a header gives to what it carries are its `trailer`. Fragments other than the first carry data.
 *
 * @returns the stack, outermost header first. Fields of bytes, and data, share memory with `bytes`
 * @throws PacketError only if `strict`: TRUNCATED if a header, or what it says that it carries, does not end within the bytes;
 *   BAD_FIELD if a value cannot be
 *
 * @example
 * ```ts
 * import { decodePacket, encodePacket, ethernet, findHeader, ipv4, tcp } from "wirewright";
 *
 * const bytes = encodePacket([ethernet(), ipv4(), tcp({ destinationPort: 443, flags: "SYN" })]);
 * const stack = decodePacket(bytes);
 * console.log(stack.map(({ header }) => header.name).join(" "), findHeader(stack, tcp)?.fields.destinationPort); // eth ip tcp 443
 * ```
 */
export function decodePacket(bytes: Uint8Array, options: DecodePacketOptions = NO_OPTIONS): AnyStackedHeader[] {
  if (options !== NO_OPTIONS) checkOptions("decodePacket", options, RULES);
  const { linkType = LinkType.ETHERNET, strict = false, frameCheckLength = 0 } = options;
  if (!(bytes instanceof Uint8Array)) throw badField("packet", 0, "a packet that is read is a Uint8Array");
  const reader = new StackReader(bytes, strict, Math.max(0, bytes.length - frameCheckLength));
  return reader.read(firstHeader(bytes, linkType));
}

function firstHeader(bytes: Uint8Array, linkType: number): AnyHeader | undefined {
  if (!RAW_LINKS.has(linkType)) return headerFor("linkType", linkType);
  return headerFor("ipVersion", (bytes[0] ?? 0) >>> 4);
}

/** The same with more bytes in its trailer. */
function behind({ header, fields, trailer = NOTHING }: AnyStackedHeader, more: Uint8Array): ReadHeader {
  const all = concatBytes([trailer, more]);
  return new ReadHeader(header, fields, all.length === 0 ? undefined : all);
}

class StackReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #strict: boolean;
  readonly #stack: AnyStackedHeader[] = [];
  #at = 0;
  /** Where that ends which the header read last carries. */
  #end: number;
  /** What decided that, for error messages. */
  #limitedBy = CAPTURED_LENGTH;
  /** Bytes behind the next header and all that it carries, where something before it says where that ends. */
  #behindNext: Uint8Array | undefined = undefined;

  constructor(bytes: Uint8Array, strict: boolean, end: number) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#strict = strict;
    this.#end = end;
  }

  read(first: AnyHeader | undefined): AnyStackedHeader[] {
    const frameEnd = this.#end;
    let header = first;
    while (header !== undefined && this.#stack.length < MOST_HEADERS) header = this.#readOne(header);
    if (this.#at < this.#end || this.#behindNext !== undefined || this.#stack.length === 0) {
      this.#push(new ReadHeader(rawData, rawData.decode(this.#bytes, this.#at, this.#end), undefined));
    }
    const check = this.#bytes.subarray(frameEnd);
    const [outermost] = this.#stack;
    if (check.length > 0) this.#stack[0] = behind(outermost!, check);
    return this.#stack;
  }

  #push(stacked: AnyStackedHeader): void {
    this.#stack.push(this.#behindNext === undefined ? stacked : behind(stacked, this.#behindNext));
    this.#behindNext = undefined;
  }

  /** @returns the header that follows */
  #readOne(header: AnyHeader): AnyHeader | undefined {
    const start = this.#at;
    let fields: Record<string, unknown>;
    try {
      fields = header.decode(this.#bytes, start, this.#end, this.#limitedBy);
    } catch (error) {
      if ((this.#strict && !this.#isInFragment()) || !(error instanceof PacketError)) throw error;
      return undefined;
    }
    const next = start + header.byteLength(fields);
    const outerEnd = this.#end;
    this.#at = next;
    const isBelievable = this.#limit(header, fields, start, next);
    const trailer = this.#bytes.subarray(this.#end, outerEnd);
    this.#push(new ReadHeader(header, fields, trailer.length === 0 ? undefined : trailer));
    return isBelievable ? this.#following(header, fields, start, next) : undefined;
  }

  /** Takes the end of what a header carries from the length that it gives. @returns whether that can be */
  #limit(header: AnyHeader, fields: Record<string, unknown>, start: number, next: number): boolean {
    const field = header.layout.find(({ spec }) => spec.auto?.kind === "length");
    const auto = field?.spec.auto;
    if (field === undefined || auto?.kind !== "length") return this.#endWithHeader(header, next);
    const value = fields[field.name] as number;
    if (value === 0 && auto.zeroIsAll === true) return true;
    const end = (auto.from === "start" ? start : next) + value + (auto.minus ?? 0);
    if (end < next) {
      if (!this.#strict) return false;
      throw badField(header.layer, start + field.offset, `${field.name} is ${value}, less than the header itself`);
    }
    // Of a fragment, the rest of what a header inside it counts is elsewhere.
    if (end > this.#end && this.#strict && !this.#isInFragment()) {
      requireBytes(header.layer, this.#bytes, start, this.#end, end - start, this.#limitedBy);
    }
    if (end <= this.#end) {
      this.#end = end;
      this.#limitedBy = `the ${(field.spec.label ?? field.name).toLowerCase()} of the ${header.layer}`;
    }
    return true;
  }

  /** What stands behind a header that carries nothing, and whose checksum covers nothing more, is no part of it. */
  #endWithHeader(header: AnyHeader, next: number): boolean {
    const { announcer, next: tells, carries, checksumField } = header;
    const auto = checksumField?.spec.auto;
    const coversMore = auto?.kind === "checksum" && auto.covers === "message";
    if (announcer === undefined && tells === undefined && carries === undefined && !coversMore) {
      this.#end = Math.min(this.#end, next);
    }
    return true;
  }

  #following(header: AnyHeader, fields: Record<string, unknown>, start: number, next: number): AnyHeader | undefined {
    if (next >= this.#end) return undefined;
    if (header.carries?.includes("udpPort") === true) {
      return headerInDatagram(fields as never, this.#view, next, this.#end);
    }
    const following = this.#announced(header, fields, start, next);
    if (following === undefined) return undefined;
    const [space, number] = following;
    if (space === "etherType" && number <= LARGEST_ETHERNET_LENGTH) return this.#inPlaceOfType(next, number);
    const isType = space === "addressFamily" && number >= LOWEST_ETHER_TYPE;
    return headerAt(isType ? "etherType" : space, number, this.#view, next, this.#end);
  }

  #announced(
    { next: tells, announcer }: AnyHeader,
    fields: Record<string, unknown>,
    start: number,
    next: number,
  ): Following | undefined {
    if (tells !== undefined) return tells(this.#view, start, next, this.#end);
    if (announcer === undefined) return undefined;
    return [announcer.spec.announces as NumberSpace, fields[announcer.name] as number];
  }

  /** Whether the rest of what is read is in other fragments. */
  #isInFragment(): boolean {
    return this.#stack.some(({ fields }) => (fields as { moreFragments?: boolean }).moreFragments === true);
  }

  /** Where a length stands in place of a type, the data end there, whatever fills up the frame. */
  #inPlaceOfType(next: number, length: number): AnyHeader | undefined {
    const end = next + length;
    if (end > this.#end && this.#strict) {
      requireBytes("802.3 data", this.#bytes, next, this.#end, length, this.#limitedBy);
    }
    if (end < this.#end) {
      this.#behindNext = this.#bytes.subarray(end, this.#end);
      this.#end = end;
    }
    return llc;
  }
}
