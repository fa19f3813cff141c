/** Two kernels, each in a network namespace of its own, and a rough way between them: what ours is compared with. */
import type { Segment } from "../../../lib/session/tcp/segment.ts";
import { KernelEnd, type KernelPlan } from "./kernel-end.ts";
import { KERNEL, OWN, WHERE } from "./kernel-meeting.ts";
import { type Roughness, RoughPath } from "./rough-path.ts";
import { SegmentPackets } from "./segment-packets.ts";

export interface PairPlan {
  readonly opening: Partial<KernelPlan>;
  readonly listening: Partial<KernelPlan>;
  readonly fromOpening: Roughness;
  readonly fromListening: Roughness;
}

/** The kernel that opens has the address that is ours otherwise. @returns what went from it, when both have settled */
export async function holdPair({ opening, listening, fromOpening, fromListening }: PairPlan): Promise<RoughPath> {
  const two = await KernelEnd.start({ ...WHERE, listen: KERNEL.port, ...listening });
  try {
    const one = await KernelEnd.start({
      ...WHERE,
      address: OWN.address,
      port: OWN.port,
      connect: [KERNEL.address, KERNEL.port],
      ...opening,
    });
    try {
      const there = join(one, two, new SegmentPackets(KERNEL, OWN, 0), fromOpening);
      const back = join(two, one, new SegmentPackets(OWN, KERNEL, 0), fromListening);
      await two.tells("settled");
      await one.tells("settled");
      there.cut();
      back.cut();
      return there;
    } finally {
      await one.stop();
    }
  } finally {
    await two.stop();
  }
}

/** @param reader of the packets of `from` */
function join(from: KernelEnd, to: KernelEnd, reader: SegmentPackets, roughness: Roughness): RoughPath {
  const packets = new WeakMap<Segment, Uint8Array>();
  const path = new RoughPath(1, roughness, (segment) => to.take(packets.get(segment)!));
  from.sendTo((packet) => {
    const segment = reader.decode(packet);
    if (segment === undefined) return;
    packets.set(segment, packet);
    path.take(segment);
  });
  return path;
}
