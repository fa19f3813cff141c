/** Our end and the kernel's, and a rough way between them, by the clock of this machine. */
import { createHash } from "node:crypto";
import type { Segment } from "../../../lib/session/tcp/segment.ts";
import { until } from "../programs/line-server.ts";
import { KernelEnd, type KernelPlan } from "./kernel-end.ts";
import { type EndPlan, RealTimeEnd } from "./real-time-end.ts";
import { type Roughness, RoughPath } from "./rough-path.ts";
import { SegmentPackets } from "./segment-packets.ts";

export const KERNEL = { address: "10.99.0.1", port: 9000 };
export const OWN = { address: "10.99.0.2", port: 4000 };
/** Of the device of the kernel that we talk to. */
export const WHERE = { address: KERNEL.address, prefix: 24, mtu: 1500 };
/** So near to the end of the numbers that nearly every connection passes it. */
const NEAR_THE_WRAP = 2 ** 32 - 20_000;

export interface MeetingPlan {
  readonly kernel?: Partial<KernelPlan>;
  readonly own?: EndPlan;
  /** Who opens; the other one listens. */
  readonly opens: "kernel" | "own" | "both";
  readonly toKernel?: Roughness;
  readonly fromKernel?: Roughness;
  readonly seed?: number;
  readonly initial?: number;
}

/** The bytes that the kernel's program makes of a seed, too. */
export function pattern(seed: string, count: number): Uint8Array {
  return createHash("shake128", { outputLength: count }).update(seed).digest();
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export class KernelMeeting {
  readonly kernel: KernelEnd;
  readonly own: RealTimeEnd;
  readonly toKernel: RoughPath;
  readonly fromKernel: RoughPath;
  readonly #packets: SegmentPackets;
  /** The first thing that went wrong in the middle of it. */
  #fault: unknown = undefined;

  private constructor(kernel: KernelEnd, { own = {}, toKernel = {}, fromKernel = {}, seed = 1, initial }: MeetingPlan) {
    this.kernel = kernel;
    this.own = new RealTimeEnd(own);
    const packets = new SegmentPackets(OWN, KERNEL, initial ?? NEAR_THE_WRAP);
    this.#packets = packets;
    this.toKernel = new RoughPath(seed, toKernel, (segment) => kernel.take(packets.encode(segment)));
    this.fromKernel = new RoughPath(seed + 1, fromKernel, (segment) => this.#arrive(segment));
    this.own.onSegment = (segment) => this.toKernel.take(segment);
  }

  /** Has both ends meet, and takes them apart whatever happens. */
  static async hold(plan: MeetingPlan, see: (meeting: KernelMeeting) => Promise<void>): Promise<void> {
    const { opens } = plan;
    const opensItself = opens === "kernel" || opens === "both";
    const role = opensItself
      ? { connect: [OWN.address, OWN.port] as const, port: KERNEL.port }
      : { listen: KERNEL.port };
    const kernel = await KernelEnd.start({ ...WHERE, ...role, ...plan.kernel });
    const meeting = new KernelMeeting(kernel, plan);
    try {
      if (plan.own?.isDeaf !== true) meeting.#begin(opens);
      meeting.#hearKernel();
      await see(meeting);
      if (meeting.#fault !== undefined) throw meeting.#fault;
    } finally {
      meeting.own.stop();
      meeting.toKernel.cut();
      meeting.fromKernel.cut();
      await kernel.stop();
    }
  }

  #begin(opens: MeetingPlan["opens"]): void {
    if (opens === "kernel") this.own.act((endpoint) => endpoint.listen());
    else this.own.act((endpoint, now) => endpoint.connect(now));
  }

  /** Takes what the kernel has sent so far, and will send: only now, since a SYN before we listen would be refused. */
  #hearKernel(): void {
    this.kernel.sendTo((packet) => {
      const segment = this.#packets.decode(packet);
      if (segment !== undefined) this.fromKernel.take(segment);
    });
  }

  #arrive(segment: Segment): void {
    try {
      this.own.act((endpoint, now) => endpoint.receive(now, segment));
    } catch (error) {
      this.#fault ??= error;
    }
  }

  /** Waits for something at our end. @param patience in milliseconds */
  async sees(holds: (own: RealTimeEnd) => boolean, patience?: number): Promise<void> {
    const what = () => `our end, ${this.#situation()}`;
    await until(() => this.#fault !== undefined || holds(this.own), what, patience);
    if (this.#fault !== undefined) throw this.#fault;
  }

  #situation(): string {
    const { endpoint, received, acknowledgedUpTo, causes, ending, isOpen, hasEnd } = this.own;
    const { state } = endpoint;
    const paths = [this.toKernel, this.fromKernel].map(({ sent, lost }) => `${sent} sent, ${lost} lost`);
    const known = { state, isOpen, hasEnd, ending, received, acknowledgedUpTo, causes, paths };
    return `${JSON.stringify(known)}; the kernel's: ${JSON.stringify(this.kernel.events)}`;
  }
}
