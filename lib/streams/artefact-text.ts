/** The sentences that explain traces of how a capture was made, for one frame or stream that shows them and for several. */
import { withThousands } from "../thousands.ts";

export type ArtefactCode =
  | "checksum-offload"
  | "no-ip-checksum"
  | "segmentation-offload"
  | "loopback-mtu"
  | "duplicate-frames"
  | "cut-packets"
  | "constant-sequence"
  | "unanswered"
  | "began-mid-connection"
  | "ended-mid-connection"
  | "one-direction"
  | "time-backwards";

const TEXTS: Readonly<Record<ArtefactCode, readonly [one: string, several: (count: string) => string]>> = {
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
  "segmentation-offload": [
    "1 packet is larger than the 1500 bytes that Ethernet carries: the system hands large segments to the network adapter, which cuts them; on the wire it is smaller.",
    (count) =>
      `${count} packets are larger than the 1500 bytes that Ethernet carries: the system hands large segments to the network adapter, which cuts them; on the wire they are smaller.`,
  ],
  "loopback-mtu": [
    "1 packet is larger than 1500 bytes: a loopback interface takes packets of up to 65,536 bytes, so a message that would be segmented on a network is whole here.",
    (count) =>
      `${count} packets are larger than 1500 bytes: a loopback interface takes packets of up to 65,536 bytes, so a message that would be segmented on a network is whole here.`,
  ],
  "duplicate-frames": [
    "1 packet is a copy of one just before, with the same identification: the capture shows it on its way out and on its way in. Nothing was sent twice.",
    (count) =>
      `${count} packets are copies of one just before, with the same identification: the capture shows them on their way out and on their way in. Nothing was sent twice.`,
  ],
  "cut-packets": [
    "1 packet was cut when it was captured (snap length): what is missing cannot be checked.",
    (count) => `${count} packets were cut when they were captured (snap length): what is missing cannot be checked.`,
  ],
  "constant-sequence": [
    "1 stream has no handshake and one and the same sequence number in every segment: so it was made by hand, packet by packet. That is why the segments after the first count as retransmissions; nothing was lost.",
    (count) =>
      `${count} streams have no handshake and one and the same sequence number in every segment: so they were made by hand, packet by packet. That is why the segments after the first count as retransmissions; nothing was lost.`,
  ],
  unanswered: [
    "1 connection was asked for and got no answer: its SYN is all there is.",
    (count) => `${count} connections were asked for and got no answer: their SYNs are all there is.`,
  ],
  "began-mid-connection": [
    "1 connection shows no handshake: it was open before the capture began, or was made by hand. Its window scaling is not known.",
    (count) =>
      `${count} connections show no handshake: they were open before the capture began, or were made by hand. Their window scaling is not known.`,
  ],
  "ended-mid-connection": [
    "1 connection was still open when the capture ended: there is no close to see.",
    (count) => `${count} connections were still open when the capture ended: there is no close to see.`,
  ],
  "one-direction": [
    "1 connection was captured in one direction only: the other side's segments are acknowledged, but are not here.",
    (count) =>
      `${count} connections were captured in one direction only: the other side's segments are acknowledged, but are not here.`,
  ],
  "time-backwards": [
    "1 packet is stamped earlier than the one before it: the clock was set back, or the capture was put together from several.",
    (count) =>
      `${count} packets are stamped earlier than the one before them: the clock was set back, or the capture was put together from several.`,
  ],
};

export function artefactText(code: ArtefactCode, count: number): string {
  const [one, several] = TEXTS[code];
  return count === 1 ? one : several(withThousands(count));
}
