/** All that is done to one frame: its addresses, its link header and tags, and how much of it is kept. */
import { copyBytes, viewOf } from "../core/bytes.ts";
import { WirewrightError } from "../core/errors.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { LARGEST_VLAN } from "../headers/assigned-numbers.ts";
import { IcmpType, Icmpv6Type } from "../headers/control-types.ts";
import { FRAME_CHECK_LENGTH, frameCheckSequence } from "../headers/ethernet.ts";
import { LayerKind } from "../headers/layer.ts";
import { type CapturedPacket, NO_LINK_TYPE } from "../pcap/capture-file.ts";
import { type AddressMap, SAME_ADDRESSES } from "./address-map.ts";
import { type LeftOutReason, LINK_TARGETS, LinkEditor, type LinkOptions } from "./link-editor.ts";
import { type EditCounts, PacketEditor } from "./packet-editor.ts";

/** What becomes of frames. */
export interface FrameEditOptions extends LinkOptions {
  /** What addresses become; left out where all stay. */
  readonly map?: AddressMap | undefined;
  /** Whether those in DNS answers are changed too. */
  readonly changesDns?: boolean | undefined;
  /** The most bytes of a frame that are kept. */
  readonly snapLength?: number | undefined;
  /** Whether what the innermost header carries is cut off. */
  readonly stripsPayload?: boolean | undefined;
}

export const NO_FRAME: LeftOutReason = "no packets of any network, but records of a system";

/** The largest frames of most links, so that memory for them is asked for once. */
const USUAL_ROOM = 1 << 18;

/**
 * Changes one frame after the other: `prepare` finds out what becomes of it, `writeInto` writes that.
 *
 * @example
 * ```ts
 * import { captureBytes, captureFromBytes, encodePacket, ethernet, FrameEditor, ipv4, udp } from "wirewright";
 *
 * const capture = captureFromBytes(captureBytes([encodePacket([ethernet(), ipv4(), udp()])]));
 * const editor = new FrameEditor({ vlan: 5 });
 * while (capture.next()) {
 *   if (editor.prepare(capture.packet) !== undefined) continue;
 *   const frame = new Uint8Array(editor.length);
 *   editor.writeInto(frame, new DataView(frame.buffer), 0);
 *   console.log(capture.packet.wireLength, frame.length); // 42 46
 * }
 * ```
 */
export class FrameEditor {
  readonly #options: FrameEditOptions;
  readonly #packets: PacketEditor;
  readonly #links: LinkEditor | undefined;
  #scratch = new Uint8Array(0);
  #packet: CapturedPacket | undefined;
  /** Of the frame prepared last: its bytes in the output, those that it has on the wire then, and its link type. */
  length = 0;
  /** Bytes that the frame prepared last has on the wire. */
  wireLength = 0;
  /** LINKTYPE number of the frame prepared last. */
  linkType = 0;
  /** Whether it lies in the scratch memory already, whole. */
  #isMade = false;
  /** Frames that were cut so far. */
  cutFrames = 0;

  /**
   * Changes nothing before `prepare`.
   *
   * @throws WirewrightError BAD_OPTION for a link type, a VLAN or a length that cannot be
   */
  constructor(options: FrameEditOptions) {
    checkOptions(options);
    this.#options = options;
    this.#packets = new PacketEditor(options.map ?? SAME_ADDRESSES, options);
    const changesLink = options.linkType !== undefined || options.vlan !== undefined;
    this.#links = changesLink ? new LinkEditor(options) : undefined;
  }

  /** What was changed in all frames so far. */
  get counts(): EditCounts {
    return this.#packets.counts;
  }

  /** Whether anything in frames is looked at or changed: then each has an outline. */
  get looksInside(): boolean {
    const { map, stripsPayload } = this.#options;
    return map !== undefined || stripsPayload === true || this.#links !== undefined;
  }

  /** Of the frame prepared last, as it was. */
  get outline(): PacketOutline {
    return this.#packets.outline;
  }

  /** Finds out what becomes of a frame. @returns why it cannot be kept; undefined where it can */
  prepare(packet: CapturedPacket): LeftOutReason | undefined {
    if (packet.linkType === NO_LINK_TYPE) return NO_FRAME;
    this.#packet = packet;
    this.#isMade = false;
    this.linkType = packet.linkType;
    const captured = packet.end - packet.start;
    // Wrong files have less than what was captured, which no writer takes.
    this.wireLength = Math.max(packet.wireLength, captured);
    this.length = captured;
    if (this.looksInside) this.#packets.parse(packet);
    const { map, stripsPayload, snapLength = Number.POSITIVE_INFINITY } = this.#options;
    const kept = stripsPayload ? headersEnd(this.outline) - packet.start : captured;
    if (this.#links !== undefined) return this.#makeWithLink(packet, this.#links, kept, snapLength);
    this.length = Math.min(kept, captured, snapLength);
    if (this.length < captured) {
      this.cutFrames++;
      if (map !== undefined) this.#makeEdited(packet);
    }
    return undefined;
  }

  /** Writes the frame prepared last, `length` bytes. */
  writeInto(bytes: Uint8Array, view: DataView, at: number): void {
    const packet = this.#packet!;
    if (this.#isMade) {
      bytes.set(this.#scratch.subarray(0, this.length), at);
      return;
    }
    copyBytes(packet, packet.start, packet.start + this.length, { bytes, view }, at);
    if (this.#options.map !== undefined) this.#packets.edit(bytes, view, at);
  }

  /** The whole frame with its addresses changed, behind as many bytes as a link header can take. */
  #makeEdited(packet: CapturedPacket, at = 0): void {
    const captured = packet.end - packet.start;
    if (this.#scratch.length < at + captured) this.#scratch = new Uint8Array(Math.max(USUAL_ROOM, 2 * (at + captured)));
    this.#scratch.set(packet.bytes.subarray(packet.start, packet.end), at);
    if (this.#options.map !== undefined) this.#packets.edit(this.#scratch, viewOf(this.#scratch), at);
    this.#isMade = true;
  }

  #makeWithLink(
    packet: CapturedPacket,
    links: LinkEditor,
    kept: number,
    snapLength: number,
  ): LeftOutReason | undefined {
    const start = links.head.length;
    this.#makeEdited(packet, start);
    const scratch = this.#scratch;
    const captured = packet.end - packet.start;
    const frame = { bytes: scratch, view: viewOf(scratch), start, end: start + captured };
    const reason = links.edit(packet, this.outline, frame);
    if (reason !== undefined) return reason;
    const { headLength, restStart, restEnd } = links;
    scratch.copyWithin(headLength, restStart, restEnd);
    scratch.set(links.head.subarray(0, headLength));
    const whole = headLength + restEnd - restStart;
    if (links.hasFrameCheck && whole >= FRAME_CHECK_LENGTH) {
      const at = whole - FRAME_CHECK_LENGTH;
      viewOf(scratch).setUint32(at, frameCheckSequence(scratch, 0, at));
    }
    const beyond = Math.max(0, packet.wireLength - captured);
    const stripped = kept < captured ? Math.max(0, headLength + Math.min(start + kept, restEnd) - restStart) : whole;
    this.length = Math.min(stripped, whole, snapLength);
    if (this.length < whole) this.cutFrames++;
    this.wireLength = whole + beyond;
    this.linkType = links.linkType;
    return undefined;
  }
}

function checkOptions({ linkType, vlan, snapLength }: FrameEditOptions): void {
  const refuse = (what: string) => {
    throw new WirewrightError("BAD_OPTION", what);
  };
  if (linkType !== undefined && !Object.values(LINK_TARGETS).includes(linkType)) {
    refuse(
      `Frames cannot be made into those of link type ${linkType}; give one of ${Object.keys(LINK_TARGETS).join(", ")}.`,
    );
  }
  if (typeof vlan === "number" && !(Number.isInteger(vlan) && vlan >= 0 && vlan <= LARGEST_VLAN)) {
    refuse(
      `There is no VLAN ${vlan}; give a number from 1 to ${LARGEST_VLAN}, or 0 for a tag that is for its priority alone.`,
    );
  }
  if (snapLength !== undefined && !(Number.isInteger(snapLength) && snapLength >= 1)) {
    refuse(`A frame cannot be cut to ${snapLength} bytes; give a whole number from 1 on.`);
  }
}

/**
 * Where the headers of a frame end that were understood: behind them begins what an application sent. The packet that an
 * ICMP error quotes belongs to its headers, as far as those of that packet go; other messages of ICMP are headers as a whole.
 */
function headersEnd(o: PacketOutline): number {
  let end = o.layerCount === 0 ? o.start : o.payloadAt;
  for (let layer = 0; layer < o.layerCount; layer++) end = Math.max(end, o.ends[layer]!);
  const isControl = o.transport === LayerKind.ICMP || o.transport === LayerKind.ICMPV6;
  if (isControl && o.quotedLayer >= o.layerCount && !isEcho(o)) end = Math.max(end, o.payloadEnd);
  return Math.min(end, o.end);
}

const ECHOES: Readonly<Record<number, readonly number[]>> = {
  [LayerKind.ICMP]: [IcmpType.ECHO_REQUEST, IcmpType.ECHO_REPLY],
  [LayerKind.ICMPV6]: [Icmpv6Type.ECHO_REQUEST, Icmpv6Type.ECHO_REPLY],
};

/** Whether an ICMP message is one that carries whatever its sender likes. */
function isEcho({ transport, transportAt, view }: PacketOutline): boolean {
  return ECHOES[transport]?.includes(view.getUint8(transportAt)) === true;
}
