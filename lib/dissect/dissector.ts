/** Dissection of the packets of a capture, one after the other. */
import { FRAME_CHECK_LENGTH, frameCheckSequence } from "../headers/ethernet.ts";
import { ChecksumStatus } from "../headers/layer.ts";
import type { CapturedPacket } from "../pcap/capture-file.ts";
import { FragmentStore } from "./fragments.ts";
import { findMessageProblem } from "./message-check.ts";
import { PacketOutline } from "./outline.ts";
import { follow, parseFrame } from "./parse-frame.ts";
import type { ParseContext } from "./parse-registered.ts";

/** What became of the check sequence of a frame that was captured with it. */
function checkFrame(o: PacketOutline): void {
  const at = o.start + o.wireLength - FRAME_CHECK_LENGTH;
  if (o.checkSequenceLength < FRAME_CHECK_LENGTH || at + FRAME_CHECK_LENGTH !== o.end || at < o.start) return;
  const isGood = o.view.getUint32(at) === frameCheckSequence(o.bytes, o.start, at);
  o.frameCheck = isGood ? ChecksumStatus.GOOD : ChecksumStatus.BAD;
}

/**
 * Finds the layers of packets. It is lax, as captures need it: a packet that cannot be understood to its end is understood as
 * far as it goes, and its outline says why it stopped. Fragments are kept until their datagram is whole.
 */
export class Dissector {
  /** Of the packet dissected last. */
  readonly outline = new PacketOutline();
  readonly #fragments = new FragmentStore();
  readonly #context: ParseContext = { fragments: this.#fragments, follow };

  /** How many fragments all datagrams had that became whole, the ones that made them so included. */
  get usedFragments(): number {
    return this.#fragments.used;
  }

  /** Reads the headers of a packet and fills in the outline, the same object every time. */
  dissect(packet: CapturedPacket): PacketOutline {
    const { bytes, view, start, end, wireLength, linkType, checkSequenceLength } = packet;
    const { outline } = this;
    parseFrame(outline, bytes, view, start, end, wireLength, linkType, this.#context, checkSequenceLength);
    if (outline.checkSequenceLength > 0) checkFrame(outline);
    outline.payloadProblem = findMessageProblem(outline);
    return outline;
  }

  /**
   * The same, for who does not accept anything that is wrong.
   *
   * @throws PacketError TRUNCATED or BAD_FIELD, with the layer and the byte of the frame
   */
  dissectStrictly(packet: CapturedPacket): PacketOutline {
    const outline = this.dissect(packet);
    const problem = outline.stopped ?? outline.malformedOption ?? outline.payloadProblem;
    if (problem !== undefined) throw problem.toError();
    return outline;
  }
}
