/** Captures at hand to be edited, and their packets before and after. */
import { type FrameEditOptions, FrameEditor } from "../../lib/edit/frame-editor.ts";
import { captureFromBytes } from "../../lib/pcap/capture-from-bytes.ts";
import { everyHeader } from "../headers/every-header.ts";
import { bytesOf } from "../helpers/captures/frames-of-all-kinds.ts";
import { fuzzSources } from "../helpers/captures/fuzz-captures.ts";
import { otherLinkFrames } from "../helpers/captures/other-link-frames.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";

/** Captures with every header that is known, of every link type, right, wrong and cut off. */
export function capturesAtHand(): Uint8Array[] {
  const others = Array.from(otherLinkFrames(), ([linkType, frames]) =>
    pcapOf(
      linkType,
      frames.map(({ bytes }, index) => ({ time: index, bytes })),
    ),
  );
  return [...fuzzSources(), ...others, ...everyHeaderCaptures()];
}

/** The packets of every protocol that has a table, a capture for each. */
function everyHeaderCaptures(): Uint8Array[] {
  return everyHeader.map(({ linkType, defaults, given }) =>
    pcapOf(
      linkType,
      [defaults, given].map(({ frame }, index) => ({ time: index, bytes: bytesOf(frame) })),
    ),
  );
}

export interface EditedPacket {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly linkType: number;
  /** On the wire, before and after. */
  readonly wireLengths: readonly [before: number, after: number];
  readonly checkSequenceLength: number;
}

/** What becomes of the packets of a capture; those that are left out are missing. */
export function editedPackets(
  bytes: Uint8Array,
  options: FrameEditOptions,
  editor = new FrameEditor(options),
): EditedPacket[] {
  const capture = captureFromBytes(bytes, "capture");
  const packets: EditedPacket[] = [];
  while (capture.next()) {
    const { packet } = capture;
    if (editor.prepare(packet) !== undefined) continue;
    // An odd place, with something before and behind it that must stay.
    const memory = new Uint8Array(editor.length + 20).fill(0xee);
    editor.writeInto(memory, new DataView(memory.buffer), 7);
    if (
      memory.subarray(0, 7).some((byte) => byte !== 0xee) ||
      memory.subarray(7 + editor.length).some((byte) => byte !== 0xee)
    ) {
      throw new Error(`Packet ${packet.number} was written beyond its place.`);
    }
    packets.push({
      before: packet.bytes.slice(packet.start, packet.end),
      after: memory.slice(7, 7 + editor.length),
      linkType: editor.linkType,
      wireLengths: [packet.wireLength, editor.wireLength],
      checkSequenceLength: packet.checkSequenceLength,
    });
  }
  return packets;
}
