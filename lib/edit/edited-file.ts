/** One capture file of edited packets, in either format, with what the capture that was read says of its interfaces. */
import { WirewrightError } from "../core/errors.ts";
import { makeVisible } from "../core/text.ts";
import { tryParseIpv4, tryParseIpv6 } from "../headers/address.ts";
import { LinkType } from "../headers/assigned-numbers.ts";
import type { CapturedPacket, CaptureFormat } from "../pcap/capture-file.ts";
import type { CaptureInterface } from "../pcap/capture-parser.ts";
import type { Capture } from "../pcap/capture-reader.ts";
import { linkTypeName } from "../pcap/link-types.ts";
import { InterfaceIndex } from "../pcap/merged-capture.ts";
import { PcapWriter } from "../pcap/pcap-writer.ts";
import { type PcapngInterface, PcapngWriter } from "../pcap/pcapng-writer.ts";
import type { SlabStore } from "../pcap/slabs.ts";
import type { AddressMap } from "./address-map.ts";
import type { FrameEditor } from "./frame-editor.ts";
import type { TimeShift } from "./selection.ts";

const EPOCH = { seconds: 0, ticks: 0 } as const;
const MICROSECONDS = 1_000_000;
const NANOSECONDS = 1_000_000_000;

/** What is the same for all files of one job. */
export interface EditedFileOptions {
  readonly format: CaptureFormat;
  /** A LINKTYPE number, where frames are given one. */
  readonly linkType?: number | undefined;
  readonly snapLength?: number | undefined;
  readonly map?: AddressMap | undefined;
  /** Whether texts are left out that can name an address: comments, names of hosts and interfaces, and of whatever captured. */
  readonly leavesOutTexts: boolean;
}

/** What could not be kept, counted over all files. */
export class LostDetails {
  /** Times that the output has no digits for. */
  times = 0;
  /** Packets without a time, which stand at the start of 1970. */
  untimed = 0;
  /** Comments on packets. */
  comments = 0;
  /** Names of addresses. */
  names = 0;
}

export class EditedFile {
  readonly #name: string;
  readonly #store: SlabStore;
  readonly #capture: Capture;
  readonly #options: EditedFileOptions;
  readonly #lost: LostDetails;
  readonly #index: InterfaceIndex;
  #writer: PcapWriter | PcapngWriter | undefined;
  /** For pcapng, the unit of times by interface of the output; for pcap, one. */
  readonly #ticks: number[] = [];
  #linkType = 0;
  packets = 0;

  /** @param name for errors */
  constructor(name: string, store: SlabStore, capture: Capture, options: EditedFileOptions, lost: LostDetails) {
    this.#name = name;
    this.#store = store;
    this.#capture = capture;
    this.#options = options;
    this.#lost = lost;
    this.#index = new InterfaceIndex(capture);
  }

  get byteCount(): number {
    return this.#writer?.byteCount ?? 0;
  }

  /** The most bytes that a packet takes in the file, with what is said of it. */
  roomFor(packet: CapturedPacket, length: number): number {
    if (this.#options.format === "pcap") return 16 + length;
    const comments = this.#options.leavesOutTexts ? [] : packet.comments;
    return 60 + length + comments.reduce((sum, comment) => sum + 8 + 3 * comment.length, 0);
  }

  /** @throws WirewrightError LINK_TYPES where a pcap file would need two; TIME_RANGE, TOO_LONG as the writers */
  write(packet: CapturedPacket, frame: FrameEditor, time: TimeShift): void {
    const writer = this.#writer ?? this.#begin(frame.linkType);
    const at =
      writer instanceof PcapngWriter
        ? this.#reserveInPcapng(writer, packet, frame, time)
        : this.#reserveInPcap(writer, packet, frame, time);
    frame.writeInto(writer.bytes, writer.view, at);
    this.packets++;
    if (!packet.hasTime) this.#lost.untimed++;
  }

  /** Writes what stands at the end. @returns bytes of the file */
  finish(): number {
    const writer = this.#writer ?? this.#begin(this.#capture.interfaces[0]?.linkType ?? LinkType.ETHERNET);
    if (writer instanceof PcapngWriter) this.#addInterfaces(writer);
    this.#writeNames(writer);
    writer.finish();
    return writer.byteCount;
  }

  #begin(linkType: number): PcapWriter | PcapngWriter {
    const { format, linkType: target = linkType } = this.#options;
    this.#linkType = target;
    this.#writer = format === "pcap" ? this.#beginPcap(target) : this.#beginPcapng(target);
    return this.#writer;
  }

  #beginPcap(linkType: number): PcapWriter {
    const { interfaces } = this.#capture;
    const ticksPerSecond = interfaces.some(isFine) ? NANOSECONDS : MICROSECONDS;
    this.#ticks[0] = ticksPerSecond;
    const first = interfaces[0];
    const { snapLength, checkSequenceLength } = this.#describe(first, linkType);
    if (!this.#options.leavesOutTexts) this.#lost.comments += this.#capture.comments.length;
    return new PcapWriter(this.#store, { linkType, ticksPerSecond, origin: EPOCH, snapLength, checkSequenceLength });
  }

  #beginPcapng(linkType: number): PcapngWriter {
    const [first, ...rest] = this.#capture.interfaces;
    const { leavesOutTexts } = this.#options;
    const { application, hardware, os, comments } = this.#capture;
    const description = this.#describe(first, first?.linkType ?? linkType);
    this.#ticks.push(description.ticksPerSecond);
    const writer = new PcapngWriter(this.#store, {
      interfaces: [description],
      origin: EPOCH,
      ...(!leavesOutTexts && { ...(application !== undefined && { application }), hardware, os, comments }),
    });
    if (rest.length > 0) this.#addInterfaces(writer);
    return writer;
  }

  #addInterfaces(writer: PcapngWriter): void {
    const { interfaces } = this.#capture;
    while (this.#ticks.length < interfaces.length) {
      const next = interfaces[this.#ticks.length]!;
      const description = this.#describe(next, next.linkType);
      writer.addInterface(description);
      this.#ticks.push(description.ticksPerSecond);
    }
  }

  /** An interface as it stands in the output. @param found undefined for a capture that names none */
  #describe(found: CaptureInterface | undefined, linkType: number): PcapngInterface {
    const { linkType: target = linkType, snapLength: most, leavesOutTexts } = this.#options;
    const snapLength = found?.snapLength ?? 0;
    const { name, description, comments } = found ?? {};
    const texts = leavesOutTexts ? {} : { name, description, comments };
    const least = most === undefined ? snapLength : Math.min(most, snapLength || most);
    const isSameLink = found === undefined || found.linkType === target;
    return {
      linkType: target,
      ticksPerSecond: ticksOf(found?.ticksPerSecond ?? MICROSECONDS),
      snapLength: found === undefined && most === undefined ? undefined : least,
      checkSequenceLength: isSameLink ? found?.checkSequenceLength : undefined,
      ...texts,
    };
  }

  #reserveInPcap(writer: PcapWriter, packet: CapturedPacket, frame: FrameEditor, time: TimeShift): number {
    if (frame.linkType !== this.#linkType) throw this.#twoLinkTypes(frame.linkType);
    if (!this.#options.leavesOutTexts) this.#lost.comments += packet.comments.length;
    const ticks = this.#toTicks(time, this.#ticks[0]!);
    return writer.reserveAt(time.seconds, ticks, frame.length, frame.wireLength);
  }

  #reserveInPcapng(writer: PcapngWriter, packet: CapturedPacket, frame: FrameEditor, time: TimeShift): number {
    if (this.#ticks.length < this.#capture.interfaces.length) this.#addInterfaces(writer);
    const id = Math.min(this.#index.of(packet.interfaceId), this.#ticks.length - 1);
    if (!this.#options.leavesOutTexts) writer.notes.comments = packet.comments;
    writer.notes.direction = packet.direction;
    const ticks = this.#toTicks(time, this.#ticks[id]!);
    return writer.reserveAt(time.seconds, ticks, frame.length, frame.wireLength, id);
  }

  #toTicks({ nanoseconds }: TimeShift, ticksPerSecond: number): number {
    const perTick = NANOSECONDS / ticksPerSecond;
    const ticks = Math.floor(nanoseconds / perTick);
    if (ticks * perTick !== nanoseconds) this.#lost.times++;
    return ticks;
  }

  #twoLinkTypes(other: number): WirewrightError {
    const types = `${linkTypeName(this.#linkType)} and ${linkTypeName(other)}`;
    const sentence = `${makeVisible(this.#name)}: a pcap file has one link type, and these packets have ${types}; write pcapng, or give all of them one with --link.`;
    return new WirewrightError("LINK_TYPES", sentence);
  }

  /** Names of addresses are about what the addresses have become. */
  #writeNames(writer: PcapWriter | PcapngWriter): void {
    const { resolvedNames } = this.#capture;
    const { map, leavesOutTexts } = this.#options;
    if (leavesOutTexts) return;
    if (!(writer instanceof PcapngWriter)) {
      this.#lost.names += resolvedNames.size;
      return;
    }
    writer.addNames(Array.from(resolvedNames, ([address, names]) => [mappedAddress(address, map), names] as const));
  }
}

/** The bytes of an address that was given as text, and what it becomes. */
function mappedAddress(text: string, map: AddressMap | undefined): Uint8Array {
  const four = tryParseIpv4(text);
  const bytes = new Uint8Array(four === undefined ? 16 : 4);
  const view = new DataView(bytes.buffer);
  if (four !== undefined) view.setUint32(0, map?.ipv4(four) ?? four);
  else {
    const six = tryParseIpv6(text)!;
    const mapped = map?.ipv6(six) ?? six;
    view.setBigUint64(0, mapped >> 64n);
    view.setBigUint64(8, BigInt.asUintN(64, mapped));
  }
  return bytes;
}

function isFine({ ticksPerSecond }: CaptureInterface): boolean {
  return ticksOf(ticksPerSecond) > MICROSECONDS;
}

/** The unit of time of an interface, where it is a power of ten that the output has; else nanoseconds. */
function ticksOf(ticksPerSecond: number): number {
  const isPower = Number.isInteger(Math.log10(ticksPerSecond)) && ticksPerSecond <= NANOSECONDS;
  return isPower ? ticksPerSecond : NANOSECONDS;
}
