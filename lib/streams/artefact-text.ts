/** The sentences that explain traces of how a capture was made, for one frame or stream that shows them and for several. */
import { withThousands } from "../core/text.ts";

/** The kind of a trace of how a capture was made. */
export type ArtefactCode =
  | "reconstructed"
  | "checksum-offload"
  | "no-ip-checksum"
  | "ip-checksum-offload"
  | "segmentation-offload"
  | "loopback-mtu"
  | "duplicate-frames"
  | "cut-packets"
  | "constant-sequence"
  | "unknown-connection"
  | "unanswered"
  | "began-mid-connection"
  | "open-before-capture"
  | "ended-mid-connection"
  | "one-direction"
  | "one-side"
  | "time-backwards";

const TEXTS: Readonly<Record<ArtefactCode, readonly [one: string, several: (count: string) => string]>> = {
  reconstructed: [
    "1 packet was seen by no network adapter: it was reconstructed from what programs did with their sockets. Its numbers, its acknowledgements and the times between packets of one event were made up, so it tells nothing of delays, losses and checksums on the network.",
    (count) =>
      `${count} packets were seen by no network adapter: they were reconstructed from what programs did with their sockets. Their numbers, their acknowledgements and the times between packets of one event were made up, so they tell nothing of delays, losses and checksums on the network.`,
  ],
  "checksum-offload": [
    "1 packet holds only the sum of the pseudo-header where its checksum should be: the system left the rest to the network adapter, and the capture was taken before it. This is no fault.",
    (count) =>
      `${count} packets hold only the sum of the pseudo-header where their checksum should be: the system left the rest to the network adapter, and the capture was taken before it. This is no fault.`,
  ],
  "no-ip-checksum": [
    "1 packet has an IP header checksum of 0: on a loopback interface nobody computes it. This is no fault.",
    (count) =>
      `${count} packets have an IP header checksum of 0: on a loopback interface nobody computes it. This is no fault.`,
  ],
  "ip-checksum-offload": [
    "1 packet has an IP header checksum of 0, in a capture where its sender leaves checksums to the network adapter, or writes none at all: the adapter fills the sum in behind the point of capture. Only where nobody fills it in, a receiver drops the packet.",
    (count) =>
      `${count} packets have an IP header checksum of 0, in a capture where their sender leaves checksums to the network adapter, or writes none at all: the adapter fills the sum in behind the point of capture. Only where nobody fills it in, a receiver drops the packets.`,
  ],
  "segmentation-offload": [
    "1 packet is larger than the 1500 bytes that Ethernet usually carries: either the network takes jumbo frames, or the network adapter cuts large segments behind the point of capture, or joins those that arrive before it; then on the wire it is smaller.",
    (count) =>
      `${count} packets are larger than the 1500 bytes that Ethernet usually carries: either the network takes jumbo frames, or the network adapter cuts large segments behind the point of capture, or joins those that arrive before it; then on the wire they are smaller.`,
  ],
  "loopback-mtu": [
    "1 packet is larger than 1500 bytes: a loopback interface takes packets of up to 65,536 bytes, so a message that would be segmented on a network is whole here.",
    (count) =>
      `${count} packets are larger than 1500 bytes: a loopback interface takes packets of up to 65,536 bytes, so a message that would be segmented on a network is whole here.`,
  ],
  "duplicate-frames": [
    "1 packet is a copy of one just before, with the same identification: the capture shows it twice, as on its way out and on its way in, on two adapters, or where a switch copies both. A TCP that sends again takes another identification.",
    (count) =>
      `${count} packets are copies of one just before, with the same identification: the capture shows them twice, as on their way out and on their way in, on two adapters, or where a switch copies both. A TCP that sends again takes another identification.`,
  ],
  "cut-packets": [
    "1 packet was cut when it was captured (snap length): what is missing cannot be checked.",
    (count) => `${count} packets were cut when they were captured (snap length): what is missing cannot be checked.`,
  ],
  "constant-sequence": [
    "1 stream puts different bytes under one and the same sequence number, which no TCP does: its packets were made by hand, each by itself, or somebody in between has put in other ones. That is why they count as retransmissions; they tell of no loss.",
    (count) =>
      `${count} streams put different bytes under one and the same sequence number, which no TCP does: their packets were made by hand, each by itself, or somebody in between has put in other ones. That is why they count as retransmissions; they tell of no loss.`,
  ],
  "unknown-connection": [
    "1 stream has no handshake, and one side answers with nothing but resets: it knows of no such connection. It was opened before the capture began and has been forgotten there, or it was never opened at all.",
    (count) =>
      `${count} streams have no handshake, and one side answers with nothing but resets: it knows of no such connection. They were opened before the capture began and have been forgotten there, or they were never opened at all.`,
  ],
  unanswered: [
    "1 connection was asked for and got no answer that was captured: its SYN is all there is.",
    (count) => `${count} connections were asked for and got no answer that was captured: their SYNs are all there is.`,
  ],
  "began-mid-connection": [
    "1 connection shows no handshake, as when it was open before the capture began. Its window scaling is not known.",
    (count) =>
      `${count} connections show no handshake, as when they were open before the capture began. Their window scaling is not known.`,
  ],
  "open-before-capture": [
    "1 connection was open before the capture began: its handshake is not here, and its window scaling is not known.",
    (count) =>
      `${count} connections were open before the capture began: their handshakes are not here, and their window scaling is not known.`,
  ],
  "ended-mid-connection": [
    "1 connection shows no close: it was still open when the capture ended, or one side was gone without a word.",
    (count) =>
      `${count} connections show no close: they were still open when the capture ended, or one side was gone without a word.`,
  ],
  "one-direction": [
    "1 connection was captured in one direction only: the other side's segments are acknowledged, but are not here.",
    (count) =>
      `${count} connections were captured in one direction only: the other side's segments are acknowledged, but are not here.`,
  ],
  "one-side": [
    "1 connection shows packets of one side only: the other side does not answer, or what it sends was not captured.",
    (count) =>
      `${count} connections show packets of one side only: the other side does not answer, or what it sends was not captured.`,
  ],
  "time-backwards": [
    "1 packet is stamped earlier than the one before it: the clock was set back, packets were written out of order, or the capture was put together from several.",
    (count) =>
      `${count} packets are stamped earlier than the one before them: the clock was set back, packets were written out of order, or the capture was put together from several.`,
  ],
};

export function artefactText(code: ArtefactCode, count: number): string {
  const [one, several] = TEXTS[code];
  return count === 1 ? one : several(withThousands(count));
}
