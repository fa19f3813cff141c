/**
 * Traceroutes: packets to one destination whose time to live grows from 1 on, so that each router on the way is the one
 * that has to drop one and says so (RFC 792, time exceeded; RFC 4443, section 3.3).
 */

import { type Moment, momentOf, nanosecondsBetween } from "../../core/time.ts";
import type { PacketOutline } from "../../dissect/outline.ts";
import type { IpAddress } from "../../headers/address.ts";
import { IpProtocol } from "../../headers/assigned-numbers.ts";
import { icmpOffsets } from "../../headers/icmp.ts";
import { ipv4Offsets } from "../../headers/ipv4.ts";
import { writable } from "../../headers/plain-values.ts";
import { BoundedTable, LatestEntries, noteFrame, type Selectable } from "./bounded.ts";
import { type IcmpError, isTimeExceeded } from "./icmp-errors.ts";
import { type IcmpPacket, type QuotedPacket, timeToLiveOf } from "./icmp-packet.ts";

/** What a traceroute sends. */
export type ProbeKind = "ICMP" | "UDP" | "TCP";

/** Who answered the packets that went so far. */
export interface HopAnswer {
  /** Who answered. */
  readonly address: IpAddress;
  /** What the answer is: a router on the way, or one of the answers of the destination. */
  readonly kind: "time exceeded" | "unreachable" | "echo reply" | "SYN/ACK" | "reset";
  /** Of ICMP errors. */
  readonly code: number | undefined;
  /** How many answers. */
  count: number;
  /** In nanoseconds. */
  shortest: number;
  /** The longest time until an answer, in nanoseconds. */
  longest: number;
  /** Frames of the first answers. */
  readonly frames: number[];
}

/** One step on the way: the packets that went so far and no further. */
export interface Hop {
  /** Time to live or hop limit of these packets. */
  readonly timeToLive: number;
  /** Packets that were sent with it. */
  sent: number;
  /** Packets that were answered. */
  answered: number;
  /** Who answered. */
  readonly answers: HopAnswer[];
}

/** The way to a host, as one that asked for it step by step found it. */
export interface Route extends Selectable {
  /** Version of IP. */
  readonly version: 4 | 6;
  /** Who asks. */
  readonly source: IpAddress;
  /** Where the way leads. */
  readonly destination: IpAddress;
  /** What was sent. */
  readonly kind: ProbeKind;
  /** Frame of the first packet. */
  readonly firstFrame: number;
  /** Frame of the last packet or answer. */
  lastFrame: number;
  /** By time to live, from the smallest on. */
  readonly hops: Hop[];
}

interface Probe {
  readonly route: Route;
  readonly hop: Hop;
  readonly moment: Moment;
  isAnswered: boolean;
}

/** Packets that may go further are not for finding a route: no tool asks for more hops than this unless it is told to. */
export const LAST_HOP = 32;
const MOST_ROUTES = 200;
const MOST_PROBES = 8192;
const MOST_ANSWERS = 8;
const MULTICAST = 0xe000_0000;

export class RouteLog {
  readonly #routes = new BoundedTable<Route>(MOST_ROUTES);
  readonly #probes = new LatestEntries<Probe>(MOST_PROBES);
  readonly #errors = new Map<Route, IcmpError[]>();
  hasTcp = false;

  get refused(): number {
    return this.#routes.refused;
  }

  /** A packet that may not go far. */
  probe(o: PacketOutline, kind: ProbeKind, frame: number, moment: Moment): Route | undefined {
    const { source, destination, transportView: view, transportAt: at } = o;
    if (source === undefined || destination === undefined || isMulticast(destination)) return undefined;
    const version = o.ipVersion === 6 ? 6 : 4;
    const route = this.#routes.getOrAdd(`${version} ${source} ${destination} ${kind}`, () =>
      writable<Route>(
        {
          version,
          source,
          destination,
          kind,
          firstFrame: frame,
          lastFrame: frame,
          hops: [],
          isSelected: false,
        },
        { source: "ip", destination: "ip" },
      ),
    );
    if (route === undefined) return undefined;
    if (kind === "TCP") this.hasTcp = true;
    route.lastFrame = frame;
    const hop = hopOf(route, timeToLiveOf(o));
    hop.sent++;
    const identification = version === 4 ? o.ipView.getUint16(o.ipAt + ipv4Offsets.identification) : 0;
    const ports = view.getUint32(at);
    const key = probeKey(
      kind,
      source,
      destination,
      ports,
      identification,
      view.getUint32(at + icmpOffsets.restOfHeader),
    );
    this.#probes.set(key, { route, hop, moment: momentOf(moment), isAnswered: false });
    return route;
  }

  /** An error that may be about a probe. */
  error(packet: IcmpPacket, error: IcmpError): Route | undefined {
    const { quoted, source, code, frame, moment } = packet;
    const probe = quoted === undefined ? undefined : this.#probes.get(quotedKey(quoted));
    if (probe === undefined) return undefined;
    const kind = isTimeExceeded(packet) ? "time exceeded" : "unreachable";
    const { route } = probe;
    const errors = this.#errors.get(route) ?? [];
    this.#errors.set(route, errors);
    if (!errors.includes(error) && errors.length < LAST_HOP * MOST_ANSWERS) errors.push(error);
    return note(probe, source, kind, code, frame, moment);
  }

  echoReply({ source, destination, identifier, sequence, frame, moment }: IcmpPacket): Route | undefined {
    const key = probeKey("ICMP", destination, source, 0, 0, identifier * 0x1_0000 + sequence);
    const probe = this.#probes.get(key);
    return probe && note(probe, source, "echo reply", undefined, frame, moment);
  }

  /** A SYN/ACK or a reset. */
  segment(o: PacketOutline, isReset: boolean, frame: number, moment: Moment): Route | undefined {
    const { source, destination } = o;
    if (source === undefined || destination === undefined) return undefined;
    const ports = o.destinationPort * 0x1_0000 + o.sourcePort;
    const sequence = (o.acknowledgmentNumber - 1) >>> 0;
    const probe = this.#probes.get(probeKey("TCP", destination, source, ports, 0, sequence));
    return probe && note(probe, source, isReset ? "reset" : "SYN/ACK", undefined, frame, moment);
  }

  /** Those that show a way: packets that were sent so far and so far, and a router that said so. */
  finish(): Route[] {
    const routes = this.#routes.values().filter(isRoute);
    for (const route of routes) {
      route.hops.sort((a, b) => a.timeToLive - b.timeToLive);
      for (const error of this.#errors.get(route) ?? []) error.isOfRoute = true;
    }
    return routes.filter(({ isSelected }) => isSelected);
  }
}

function isRoute({ hops }: Route): boolean {
  const hasRouter = hops.some(({ answers }) => answers.some(({ kind }) => kind === "time exceeded"));
  return hops.length > 1 && hasRouter;
}

function hopOf({ hops }: Route, timeToLive: number): Hop {
  const known = hops.find((hop) => hop.timeToLive === timeToLive);
  if (known !== undefined) return known;
  const hop: Hop = { timeToLive, sent: 0, answered: 0, answers: [] };
  hops.push(hop);
  return hop;
}

function note(
  probe: Probe,
  address: IpAddress,
  kind: HopAnswer["kind"],
  code: number | undefined,
  frame: number,
  moment: Moment,
): Route {
  const { route, hop } = probe;
  const time = nanosecondsBetween(probe.moment, moment);
  route.lastFrame = frame;
  if (!probe.isAnswered) hop.answered++;
  probe.isAnswered = true;
  let answer = hop.answers.find((other) => other.address === address && other.kind === kind && other.code === code);
  if (answer === undefined) {
    answer = writable<HopAnswer>(
      { address, kind, code, count: 0, shortest: time, longest: time, frames: [] },
      { address: "ip" },
    );
    if (hop.answers.length < MOST_ANSWERS) hop.answers.push(answer);
  }
  answer.count++;
  answer.shortest = Math.min(answer.shortest, time);
  answer.longest = Math.max(answer.longest, time);
  noteFrame(answer.frames, frame);
  return route;
}

/** What stays the same from the probe to the quotation of it. Not the ports alone: some tools never change them. */
function probeKey(
  kind: ProbeKind,
  source: IpAddress,
  destination: IpAddress,
  ports: number,
  identification: number,
  number: number,
): string {
  if (kind === "ICMP") return `ICMP ${source} ${destination} ${number}`;
  return kind === "UDP"
    ? `UDP ${source} ${destination} ${ports} ${identification}`
    : `TCP ${source} ${destination} ${ports} ${number}`;
}

function quotedKey(quoted: QuotedPacket): string {
  const { source, destination, protocol, sourcePort = 0, destinationPort = 0, identification, number = 0 } = quoted;
  const kind = protocol === IpProtocol.UDP ? "UDP" : protocol === IpProtocol.TCP ? "TCP" : "ICMP";
  return probeKey(kind, source, destination, sourcePort * 0x1_0000 + destinationPort, identification, number);
}

function isMulticast(address: IpAddress): boolean {
  return typeof address === "number" ? address >= MULTICAST : address >> 120n === 0xffn;
}
