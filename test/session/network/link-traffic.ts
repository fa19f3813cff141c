/** Packets sent over a link, and what became of each, kept. */
import { Link, type LinkSetting } from "../../../lib/session/network/link.ts";
import type { NetworkLink } from "../../../lib/session/network/link-options.ts";
import { defaultLink } from "../../../lib/session/network/network-options.ts";
import { conversationKey } from "../../../lib/session/network/variates.ts";

/** Nanoseconds. */
export const TICKS = 1_000_000_000;
export const MS = 1_000_000;

export interface SentPacket {
  readonly sent: number;
  readonly bytes?: number;
  readonly hasData?: boolean;
  readonly isEcnCapable?: boolean;
  /** Number of its conversation. */
  readonly conversation?: number;
}

/** A course, kept. */
export interface KeptCourse {
  readonly conversation: number;
  readonly sent: number;
  readonly fate: string;
  readonly lostAt: number | undefined;
  readonly damagedAt: number | undefined;
  readonly arrived: number | undefined;
  readonly copyArrived: number | undefined;
  readonly copies: number;
  readonly isMarked: boolean;
  readonly bit: number;
  /** When it passes 0, 0.1, and so on up to 1. */
  readonly passes: readonly (number | undefined)[];
}

export const keyOf = (conversation: number) =>
  conversationKey(
    { host: { address: 0x0a00_0001 }, port: 49_152 + conversation },
    { host: { address: 0x0a00_0002 }, port: 80 },
  );

/** Sends packets in their order over a new link. */
export function send(
  options: Partial<NetworkLink>,
  packets: readonly SentPacket[],
  setting: Partial<LinkSetting> = {},
): KeptCourse[] {
  const link = new Link(
    { ...defaultLink(TICKS), ...options },
    { from: "client", ticksPerSecond: TICKS, seed: 1, ...setting },
  );
  const flows = new Map<number, ReturnType<Link["flow"]>>();
  return packets.map(({ sent, bytes = 1514, hasData = true, isEcnCapable = false, conversation = 0 }) => {
    const flow = flows.get(conversation) ?? link.flow(keyOf(conversation));
    flows.set(conversation, flow);
    const course = link.send(flow, sent, bytes, hasData, isEcnCapable);
    const { fate, lostAt, damagedAt, arrived, copies, isMarked } = course;
    const passes = Array.from({ length: 11 }, (_, tenth) => seen(course.timeAt(tenth / 10)));
    const copyArrived = seen(course.copyTimeAt(setting.from === "server" ? 0 : 1));
    const bit = course.flippedBit(14, bytes);
    return { conversation, sent, fate, lostAt, damagedAt, arrived, copyArrived, copies, isMarked, bit, passes };
  });
}

const seen = (time: number) => (time === Number.POSITIVE_INFINITY ? undefined : time);

/** As many packets, so many ticks apart. */
export function every(gap: number, count: number): SentPacket[] {
  return Array.from({ length: count }, (_, index) => ({ sent: index * gap }));
}

/** Mean and standard deviation. */
export function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}
