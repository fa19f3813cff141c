/**
 * The package `cap`, an optional peer: libpcap for Node, as native code. Nothing else here knows of it.
 *
 * What it does not tell: when a packet was captured, how long it was on the wire, how many were lost. What it does badly is
 * put right here, or said:
 *
 * - Every packet overwrites the one before, in one buffer, which it does not keep from being collected.
 * - It calls a packet truncated only where that buffer is too small; it never keeps more than 65,535 bytes of a frame.
 * - An object of its whose `open` failed must never be collected: it would stop a poll that was never started.
 * - On Windows it waits for 16 kB unless it is told not to; elsewhere it cannot be told.
 * - As long as packets keep coming it does not return to the event loop: no timer, no signal.
 * - When an adapter goes away it aborts the process.
 *
 * For the last two, a capture runs in a process of its own (`cap-process.ts`).
 */

import { EtherType, LinkType } from "../headers/assigned-numbers.ts";
import { ethernetOffsets } from "../headers/ethernet.ts";
import { IPV6_HEADER_LENGTH, LOOPBACK_HEADER_LENGTH } from "../headers/header-lengths.ts";
import { IPV4_VERSION, ipv4Offsets } from "../headers/ipv4.ts";
import { IPV6_VERSION, ipv6Offsets } from "../headers/ipv6.ts";
import { sll } from "../headers/sll.ts";
import { vlan } from "../headers/vlan.ts";
import { asReason, LiveError, openingError } from "./live-errors.ts";

/** A network adapter of this machine. */
export interface Adapter {
  /** What the system calls it: "eth0". */
  readonly name: string;
  /** What the system says of it, if anything. */
  readonly description: string | undefined;
  /** IPv4 and IPv6 addresses, without prefix lengths. */
  readonly addresses: readonly string[];
  /** Whether the machine talks to itself through it. */
  readonly isLoopback: boolean;
}

export interface Cap {
  adapters(): Adapter[];
  /** @throws LiveError NO_RIGHTS, NO_ADAPTER, BAD_FILTER */
  open(adapter: string, options?: CapOpenOptions): OpenAdapter;
  /** Whether packets are handed over as they come. Otherwise they may wait for a second. */
  isImmediate(): boolean;
}

export interface CapOpenOptions {
  /** In libpcap's language. Default: everything. */
  readonly filter?: string | undefined;
  /** The kernel's buffer, in bytes. Each frame takes 128 KiB of it on Linux, however short it is. Default 64 MiB. */
  readonly bufferLength?: number | undefined;
  /**
   * Told of each frame. `bytes` is valid during the call only. `wireLength` is as far as it can be known: the length that
   * the IP header gives where the frame fills the 65,535 bytes that are kept, else that of `bytes`.
   *
   * Absent: nothing is captured.
   */
  readonly onFrame?: ((bytes: Uint8Array, wireLength: number) => void) | undefined;
}

/** An adapter that is open. It keeps the process alive until it is closed. */
export interface OpenAdapter {
  /** A LINKTYPE number. */
  readonly linkType: number;
  /** Sends one frame, as long as the adapter takes it. @throws LiveError CANNOT_SEND */
  send(frame: Uint8Array): void;
  /** Harmless the second time, and within `onFrame`. */
  close(): void;
}

/** What is used of the package. */
interface CapPackage {
  readonly Cap: { new (): NativeCap; deviceList(): NativeDevice[] };
}

interface NativeCap {
  /** @returns the link type, in words */
  open(device: string, filter: string, bufferLength: number, buffer: Buffer): string;
  send(frame: Buffer, length: number): void;
  close(): boolean;
  on(event: "packet", listener: (length: number, isTruncated: boolean) => void): void;
  /** Only on Windows. */
  setMinBytes?(length: number): void;
}

interface NativeDevice {
  readonly name: string;
  readonly description?: string;
  readonly addresses: readonly { readonly addr?: string }[];
  readonly flags?: "PCAP_IF_LOOPBACK";
}

/** A text and not a literal: with that, a system without the package could not even check types. */
const PACKAGE: string = "cap";

/** Bytes that are kept of a frame. */
export const CAP_SNAP_LENGTH = 65_535;
const USUAL_BUFFER_LENGTH = 64 << 20;
/** Matches no frame. Where it can be seen to match none, libpcap refuses the filter. */
const NOTHING = "less 0";

/** Objects whose `open` failed, to be kept from being collected as long as the process lives: see above. */
const failed: NativeCap[] = [];

/** Ethernet types of the tags that stand before the type of what is carried. */
const TAGS: readonly number[] = [EtherType.VLAN, EtherType.PROVIDER_VLAN];
const TAG_LENGTH: number = vlan.fixedLength;
/** No frame has more than a few tags. */
const LAST_TYPE_AT = 28;
/** Of Linux's "cooked" header, whose last field is the type of what is carried. */
const SLL_LENGTH: number = sll.fixedLength;
const TYPE_LENGTH = 2;

/** In a checkout, npm takes an optional peer for settled unless it is asked for in another role. */
const INSTALL = import.meta.url.includes("/node_modules/") ? "npm install cap" : "npm install --no-save --save-dev cap";
const NEEDS = process.platform === "win32" ? "Npcap (https://npcap.com)" : "libpcap and its headers (libpcap-dev)";
/** How to get it, behind "with:". Nobody gets it who has not asked: it is compiled where it is installed. */
export const ADD_CAP = `${INSTALL}, which needs ${NEEDS}`;

/** @throws LiveError NO_CAP (not installed), NO_LIBPCAP (its native part cannot be loaded) */
export async function loadCap(): Promise<Cap> {
  try {
    const { default: found } = (await import(PACKAGE)) as { default: CapPackage };
    return new LoadedCap(found);
  } catch (error) {
    throw loadingError(error as NodeJS.ErrnoException);
  }
}

class LoadedCap implements Cap {
  readonly #package: CapPackage;

  constructor(found: CapPackage) {
    this.#package = found;
  }

  adapters(): Adapter[] {
    return this.#package.Cap.deviceList().map(({ name, description, addresses, flags }) => ({
      name,
      description,
      addresses: addresses.flatMap(({ addr }) => (addr === undefined ? [] : [addr])),
      isLoopback: flags === "PCAP_IF_LOOPBACK",
    }));
  }

  open(
    adapter: string,
    { filter = "", bufferLength = USUAL_BUFFER_LENGTH, onFrame }: CapOpenOptions = {},
  ): OpenAdapter {
    const native = new this.#package.Cap();
    // One byte more than can be captured, so that nothing is ever called truncated.
    const buffer = Buffer.alloc(CAP_SNAP_LENGTH + 1);
    let linkType: number;
    try {
      const chosen = onFrame === undefined ? NOTHING : filter;
      linkType = linkTypeNumber(native.open(adapter, chosen, bufferLength, buffer));
    } catch (error) {
      failed.push(native);
      throw this.#openingError(adapter, filter, error);
    }
    native.setMinBytes?.(0);
    native.on("packet", (length) => {
      const bytes = buffer.subarray(0, length);
      onFrame?.(bytes, length < CAP_SNAP_LENGTH ? length : wireLengthOf(bytes, linkType));
    });
    return new OpenCapAdapter(adapter, native, linkType, buffer);
  }

  /** On Linux it looks for a library under the name that compilers use, which need not be there. */
  isImmediate(): boolean {
    if (process.platform !== "linux") return true;
    try {
      process.dlopen({ exports: {} }, "libpcap.so");
      return true;
    } catch (error) {
      // What can be opened is no module of Node.
      return /self-register/.test(messageOf(error));
    }
  }

  #openingError(adapter: string, filter: string, error: unknown): LiveError {
    const known = this.adapters().map(({ name }) => name);
    return openingError({ adapter, filter, via: "cap", known }, messageOf(error));
  }
}

class OpenCapAdapter implements OpenAdapter {
  readonly linkType: number;
  readonly #name: string;
  readonly #native: NativeCap;
  /** Held, because the native part writes to it without holding it. */
  #buffer: Buffer | undefined;

  constructor(name: string, native: NativeCap, linkType: number, buffer: Buffer) {
    this.linkType = linkType;
    this.#name = name;
    this.#native = native;
    this.#buffer = buffer;
  }

  send(frame: Uint8Array): void {
    const { buffer, byteOffset, length } = frame;
    if (this.#buffer === undefined) throw this.#cannotSend(length, "it is closed");
    try {
      this.#native.send(Buffer.from(buffer as ArrayBuffer, byteOffset, length), length);
    } catch (error) {
      throw this.#cannotSend(length, messageOf(error));
    }
  }

  close(): void {
    if (this.#buffer === undefined) return;
    this.#native.close();
    this.#buffer = undefined;
  }

  #cannotSend(length: number, reason: string): LiveError {
    const sentence = `The adapter ${this.#name} does not take a frame of ${length} bytes: ${asReason(reason)}.`;
    return new LiveError("CANNOT_SEND", sentence);
  }
}

const LINK_TYPES: ReadonlyMap<string, number> = new Map([
  ["NULL", LinkType.NULL],
  ["ETHERNET", LinkType.ETHERNET],
  ["RAW", LinkType.RAW],
  ["LINKTYPE_LINUX_SLL", LinkType.LINUX_SLL],
  ["IEEE802_11_RADIO", 127],
]);

/** What it has no word for it calls "Unknown linktype 228": a number of the system, nearly always that of files too. */
function linkTypeNumber(name: string): number {
  return LINK_TYPES.get(name) ?? Number(/\d+$/.exec(name)?.[0] ?? 0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const INSTALL_LIBPCAP: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  win32: "install Npcap from https://npcap.com",
  linux: "install it with: sudo apt install libpcap0.8",
};

/** As `import` and `require` call it, which a bundle may have made of it. */
const NOT_FOUND: ReadonlySet<string | undefined> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

function loadingError(error: NodeJS.ErrnoException): LiveError {
  const message = messageOf(error);
  const options = { cause: error };
  if (NOT_FOUND.has(error.code) && message.includes(`'${PACKAGE}'`)) {
    return new LiveError("NO_CAP", `The package cap is not installed; install it with: ${ADD_CAP}.`, options);
  }
  if (/libpcap|wpcap|specified module could not be found/i.test(message)) {
    const advice = INSTALL_LIBPCAP[process.platform] ?? "install it";
    return new LiveError(
      "NO_LIBPCAP",
      `The package cap cannot be loaded, since libpcap is missing; ${advice}.`,
      options,
    );
  }
  const what =
    error.code === "MODULE_NOT_FOUND" ? "its native part was not built" : asReason(message.split("\n", 1)[0] ?? "");
  return new LiveError(
    "NO_LIBPCAP",
    `The package cap cannot be loaded: ${what}; build it again with: npm rebuild cap.`,
    options,
  );
}

/**
 * The length of a frame that was cut, as far as its IP header tells it.
 *
 * @param bytes the frame's beginning
 * @param linkType a LINKTYPE number
 * @returns `bytes.length` where the header tells nothing, or less
 */
export function wireLengthOf(bytes: Uint8Array, linkType: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ipAt = startOfIp(view, linkType);
  if (ipAt === undefined || ipAt + IPV6_HEADER_LENGTH > bytes.length) return bytes.length;
  return Math.max(bytes.length, ipAt + ipLengthOf(view, ipAt));
}

/** 0 where the header leaves it open, as those of packets beyond 64 KiB do. */
function ipLengthOf(view: DataView, at: number): number {
  const version = view.getUint8(at) >> 4;
  if (version === IPV4_VERSION) return view.getUint16(at + ipv4Offsets.totalLength);
  const payloadLength = version === IPV6_VERSION ? view.getUint16(at + ipv6Offsets.payloadLength) : 0;
  return payloadLength === 0 ? 0 : IPV6_HEADER_LENGTH + payloadLength;
}

function startOfIp(view: DataView, linkType: number): number | undefined {
  switch (linkType) {
    case LinkType.ETHERNET:
      return behindEthernet(view);
    case LinkType.NULL:
    case LinkType.LOOP:
      return LOOPBACK_HEADER_LENGTH;
    case LinkType.RAW:
      return 0;
    case LinkType.LINUX_SLL:
      return isIp(view.getUint16(SLL_LENGTH - TYPE_LENGTH)) ? SLL_LENGTH : undefined;
    default:
      return undefined;
  }
}

function behindEthernet(view: DataView): number | undefined {
  let typeAt: number = ethernetOffsets.etherType;
  while (typeAt < LAST_TYPE_AT && TAGS.includes(view.getUint16(typeAt))) typeAt += TAG_LENGTH;
  return isIp(view.getUint16(typeAt)) ? typeAt + TYPE_LENGTH : undefined;
}

function isIp(type: number): boolean {
  return type === EtherType.IPV4 || type === EtherType.IPV6;
}
