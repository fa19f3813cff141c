/** Opens what a capture is written with: in either format, with the interfaces that it needs. */
import type { Origin, TicksPerSecond } from "./core/time.ts";
import { LinkType } from "./headers/assigned-numbers.ts";
import type { CaptureFormat } from "./pcap/capture-file.ts";
import { PcapWriter } from "./pcap/pcap-writer.ts";
import type { PcapngWriter } from "./pcap/pcapng-writer.ts";
import type { SlabStore } from "./pcap/slabs.ts";
import type { LinkKind } from "./session/encapsulation/outer-headers.ts";

const LINK_TYPES: Readonly<Record<LinkKind, LinkType>> = {
  ethernet: LinkType.ETHERNET,
  raw: LinkType.RAW,
  null: LinkType.NULL,
};

/** What a pcapng file calls the place where the frames were seen. */
const INTERFACE_NAME = "wirewright";

/** @param isAtBothEnds whether the file has two interfaces, one at each end of the network */
export async function openCaptureWriter(
  format: CaptureFormat,
  link: LinkKind,
  store: SlabStore,
  { ticksPerSecond, origin }: { ticksPerSecond: TicksPerSecond; origin: Origin },
  isAtBothEnds: boolean,
): Promise<PcapWriter | PcapngWriter> {
  const linkType = LINK_TYPES[link];
  if (format === "pcap") {
    return new PcapWriter(store, { linkType, ticksPerSecond, origin });
  }
  // Loaded when it is needed: each file takes its time to start.
  const { PcapngWriter } = await import("./pcap/pcapng-writer.ts");
  const at = (name: string) => ({ linkType, ticksPerSecond, name });
  const interfaces = isAtBothEnds
    ? ([at(`${INTERFACE_NAME} at the client`), at(`${INTERFACE_NAME} at the server`)] as const)
    : ([at(INTERFACE_NAME)] as const);
  return new PcapngWriter(store, { interfaces: [...interfaces], origin });
}
