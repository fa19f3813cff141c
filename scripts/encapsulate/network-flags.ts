/** The flags of a network that is not ideal, and of the TCPs at its ends. */
import { type Command, Option } from "commander";
import type { CloseKind } from "../../lib/session/message-player.ts";
import type {
  ChosenFates,
  ChosenPacket,
  JitterDistribution,
  LossBursts,
  NetworkLink,
  Tap,
} from "../../lib/session/network/link-options.ts";
import { LONGEST_QUEUE } from "../../lib/session/network/network-checks.ts";
import { defaultLink, defaultNetwork, type NetworkOptions } from "../../lib/session/network/network-options.ts";
import { LARGEST_LENGTH_FIELD, LEAST_MTU } from "../../lib/session/packet-sizes.ts";
import { LARGEST_MSS } from "../../lib/session/session.ts";
import type { CongestionControl, TcpHabits } from "../../lib/session/tcp/tcp-habits.ts";
import { UsageError } from "../shared/cli.ts";
import { durationFlag, integerFlag } from "../shared/flag-values.ts";
import {
  type HeldUpPackets,
  positiveDuration,
  type Reordering,
  readAmount,
  readBitRate,
  readByteRate,
  readHeldUp,
  readLossBursts,
  readPackets,
  readPart,
  readReordering,
  readTap,
  readWindow,
  repeated,
} from "./network-values.ts";

/** Of a link. Times are seconds. */
interface LinkFlags {
  readonly delay?: number;
  readonly jitter?: number;
  readonly jitterDistribution?: JitterDistribution;
  readonly jitterReorders?: boolean;
  readonly loss?: number;
  readonly lossBursts?: LossBursts;
  readonly duplicate?: number;
  readonly reorder?: Reordering;
  readonly corrupt?: number;
  readonly rate?: number;
  readonly queue?: number;
  readonly mark?: boolean;
}

/** The same of one direction, as commander calls `--to-server.loss`. */
type Directed<Direction extends string> = {
  readonly [Name in keyof LinkFlags as `${Direction}.${Name}`]?: LinkFlags[Name];
};

/** All flags of the network as commander gives them. Times are seconds. */
export interface NetworkFlags extends LinkFlags, Directed<"toServer">, Directed<"toClient"> {
  readonly lose?: readonly ChosenPacket[];
  readonly delayPacket?: readonly HeldUpPackets[];
  readonly duplicatePacket?: readonly ChosenPacket[];
  readonly tap?: Tap;
  readonly congestion?: CongestionControl;
  readonly window?: number;
  readonly readRate?: number;
  readonly readPause?: number;
  readonly nagle?: boolean;
  readonly delayedAck?: number;
  readonly rtoMin?: number;
  /** False with `--no-sack`. */
  readonly sack?: boolean;
  readonly timestamps?: boolean;
  readonly ecn?: boolean;
  readonly keepAlive?: number;
  readonly mssClient?: number;
  readonly mssServer?: number;
  readonly initialWindow?: number;
  readonly refuse?: readonly string[];
  readonly silent?: readonly string[];
  readonly pathMtu?: number;
  readonly blackHole?: boolean;
  readonly resetAfter?: number;
  readonly truth?: string;
}

/** What else `networkOptionsOf` looks at. */
export interface SharedFlags {
  /** Seconds; half of them is the delay of each direction. */
  readonly rtt: number;
  readonly close?: string;
}

/** What `--close` offers beyond those of an ideal network. */
export const UNEVEN_CLOSES: readonly CloseKind[] = ["half", "simultaneous"];

const GROUP = "Network, of which each flag asks for TCPs that wait, send again and slow down:";
const MOST_INITIAL_SEGMENTS = 1000;

/** As commander writes flags, what its help says, and what reads the value or what the choices are. */
type FlagEntry = readonly [
  flags: string,
  description: string,
  read?: ((text: string, before?: never) => unknown) | readonly string[],
];

const ONE_DIRECTION = "of what clients send alone; so for each flag from --delay to --mark, and with to-client";

/** Flags of a link: each is there for both directions, and for one alone. */
const LINK_FLAGS: readonly FlagEntry[] = [
  ["--delay <time>", "one way, in ms or with a unit (default: half of --rtt)", durationFlag("ms")],
  ["--jitter <time>", "deviation of the delay", durationFlag("ms")],
  ["--jitter-distribution <name>", "of the delay (default: normal)", ["normal", "uniform", "pareto"]],
  ["--jitter-reorders", "let jitter change the order of packets"],
  ["--loss <part>", "of packets, by chance: 2% or 0.02", readPart],
  ["--loss-bursts <mean,end>", "of packets, in bursts that end with each with a probability: 2%,25%", readLossBursts],
  ["--duplicate <part>", "of packets", readPart],
  ["--reorder <part[,time]>", "of packets, which wait until later ones have overtaken them", readReordering],
  ["--corrupt <part>", "of packets, in which a bit flips", readPart],
  ["--rate <rate>", "of a bottleneck in the middle: 2mbit, 500kbit, 50kB/s", readBitRate],
  ["--queue <packets>", "that may wait there (default: 50)", integerFlag(1, LONGEST_QUEUE)],
  ["--mark", "mark packets of ECN, by chance and by a queue half full, and lose none of them by chance"],
];

/** Flags of everything else. */
const OTHER_FLAGS: readonly FlagEntry[] = [
  ["--lose <packets>", "client:3,7 or server:data:2, in each conversation; repeatable", repeated(readPackets)],
  ["--delay-packet <packets=time>", "hold them up: client:3=50ms; repeatable", repeated(readHeldUp)],
  ["--duplicate-packet <packets>", "client:3; repeatable", repeated(readPackets)],
  ["--tap <where>", "the capture is taken: client, server, both or on the way: 30% (default: client)", readTap],
  ["--congestion <name>", "control (default: cubic)", ["none", "reno", "cubic"]],
  [
    "--initial-window <segments>",
    "sent before any was acknowledged (default: 10)",
    integerFlag(1, MOST_INITIAL_SEGMENTS),
  ],
  ["--window <bytes>", "of the receive buffers: 16k, 1M (default: 65536)", readWindow],
  ["--read-rate <rate>", "at which applications read: 50kB/s (default: at once)", readByteRate],
  ["--read-pause <time>", "before clients begin to read, in s or with a unit", durationFlag("s")],
  ["--mss-client <bytes>", "that clients say in their SYN", integerFlag(1, LARGEST_MSS)],
  ["--mss-server <bytes>", "that servers say in theirs", integerFlag(1, LARGEST_MSS)],
  ["--nagle", "send no short segment while one is unacknowledged"],
  ["--delayed-ack <time>", "at the longest, in ms or with a unit; 0: never (default: 40ms)", durationFlag("ms")],
  ["--rto-min <time>", "least retransmission timeout, in ms or with a unit (default: 200ms)", positiveDuration("ms")],
  ["--no-sack", "without selective acknowledgements"],
  ["--timestamps", "with the time stamps of TCP"],
  ["--ecn", "with explicit congestion notification"],
  [
    "--keep-alive <time>",
    "of silence, in s or with a unit, before clients ask whether the server is there",
    positiveDuration("s"),
  ],
  ["--refuse <name>", "it refuses every connection; repeatable", repeated(String)],
  ["--silent <name>", "it never answers; repeatable", repeated(String)],
  ["--path-mtu <bytes>", "largest IP packet that the middle takes", integerFlag(LEAST_MTU, LARGEST_LENGTH_FIELD)],
  ["--black-hole", "with a path MTU: nobody says what was too large"],
  ["--reset-after <bytes>", "clients break off with a reset once they have read so much", readAmount],
  ["--truth <file>", "what became of each packet, a JSON object a line"],
];

/** Adds the flags of the network. */
export function addNetworkFlags(command: Command): Command {
  for (const option of networkFlags()) command.addOption(option);
  return command;
}

function networkFlags(): Option[] {
  const links = ["", "to-server.", "to-client."].flatMap((direction) =>
    LINK_FLAGS.map((entry) => optionOf(entry, direction)),
  );
  return [...links, ...OTHER_FLAGS.map((entry) => optionOf(entry))];
}

/** @param direction `to-server.`, or empty for both; one line of the help stands for all flags that have one */
function optionOf([flags, description, read]: FlagEntry, direction = ""): Option {
  const isExample = direction === "to-server." && flags === LINK_FLAGS[0]![0];
  const option = new Option(flags.replace("--", `--${direction}`), isExample ? ONE_DIRECTION : description);
  option.helpGroup(GROUP).hideHelp(direction !== "" && !isExample);
  if (typeof read === "function") return option.argParser(read as (text: string, before: unknown) => unknown);
  return read === undefined ? option : option.choices(read);
}

/**
 * The network that the flags ask for.
 *
 * @returns undefined where they ask for none, so that the network is ideal
 * @throws UsageError for flags that have no meaning together
 */
export function networkOptionsOf(
  flags: NetworkFlags & SharedFlags,
  ticksPerSecond: number,
): NetworkOptions | undefined {
  if (!isAskedFor(flags) && !UNEVEN_CLOSES.some((kind) => kind === flags.close)) return undefined;
  checkTogether(flags);
  const toTicks = ticksIn(ticksPerSecond);
  const habits = habitsOf(flags, toTicks);
  return {
    ...defaultNetwork(ticksPerSecond),
    links: {
      toServer: { ...defaultLink(ticksPerSecond), ...linkOf(flags, "toServer", toTicks) },
      toClient: { ...defaultLink(ticksPerSecond), ...linkOf(flags, "toClient", toTicks) },
    },
    fates: fatesOf(flags, toTicks),
    ...defined({ tap: flags.tap }),
    client: {
      ...habits,
      ...defined({
        maximumSegmentSize: flags.mssClient,
        readPause: toTicks(flags.readPause),
        keepAlive: toTicks(flags.keepAlive),
      }),
    },
    server: { ...habits, ...defined({ maximumSegmentSize: flags.mssServer }) },
    refused: flags.refuse ?? [],
    silent: flags.silent ?? [],
    pathMtu: flags.pathMtu,
    isBlackHole: flags.blackHole ?? false,
    resetAfter: flags.resetAfter,
  };
}

/** Whether any flag of the network was given. Only that of `--no-sack` has a value where it was not. */
function isAskedFor(flags: NetworkFlags): boolean {
  const values = new Map<string, unknown>(Object.entries(flags));
  return networkFlags().some((option) => {
    const value = values.get(option.attributeName());
    return value !== undefined && !(option.negate && value === true);
  });
}

/** @throws UsageError */
function checkTogether(flags: NetworkFlags): void {
  if (flags.blackHole && flags.pathMtu === undefined) {
    throw new UsageError("--black-hole says what becomes of packets that are too large; give --path-mtu too.");
  }
  const both = flags.refuse?.find((name) => flags.silent?.includes(name));
  if (both !== undefined) {
    throw new UsageError(`${JSON.stringify(both)} cannot both --refuse and be --silent; give one of them.`);
  }
  for (const direction of ["toServer", "toClient"] as const) {
    const { queue, rate, jitter, jitterDistribution, jitterReorders } = linkFlagsOf(flags, direction);
    if (queue !== undefined && rate === undefined) {
      throw new UsageError("--queue is for packets that wait for a rate; give --rate too.");
    }
    if ((jitterDistribution !== undefined || jitterReorders) && jitter === undefined) {
      throw new UsageError("--jitter-distribution and --jitter-reorders say how delays differ; give --jitter too.");
    }
  }
}

/** Seconds as whole ticks; undefined stays so. */
type ToTicks = <Seconds extends number | undefined>(seconds: Seconds) => Seconds;

function ticksIn(ticksPerSecond: number): ToTicks {
  return ((seconds) => (seconds === undefined ? undefined : Math.round(seconds * ticksPerSecond))) as ToTicks;
}

const LINK_NAMES = LINK_FLAGS.map(([flags]) => new Option(flags).attributeName()) as readonly (keyof LinkFlags)[];

/** Those of one direction, before those of both. */
function linkFlagsOf(flags: NetworkFlags, direction: "toServer" | "toClient"): LinkFlags {
  const own = Object.fromEntries(LINK_NAMES.map((name) => [name, flags[`${direction}.${name}`] ?? flags[name]]));
  return own as LinkFlags;
}

function linkOf(
  flags: NetworkFlags & SharedFlags,
  direction: "toServer" | "toClient",
  toTicks: ToTicks,
): Partial<NetworkLink> {
  const { delay = flags.rtt / 2, jitter, reorder, ...rest } = linkFlagsOf(flags, direction);
  const times = { delay: toTicks(delay), jitter: toTicks(jitter), reorderDelay: toTicks(reorder?.time) };
  return defined({ ...rest, ...times, reorder: reorder?.part });
}

function fatesOf({ lose, duplicatePacket, delayPacket }: NetworkFlags, toTicks: ToTicks): ChosenFates {
  return {
    lose: lose ?? [],
    duplicate: duplicatePacket ?? [],
    delay: (delayPacket ?? []).map(({ packets, time }) => ({ packets, by: toTicks(time) })),
  };
}

/** Of both sides. */
function habitsOf(flags: NetworkFlags, toTicks: ToTicks): Partial<TcpHabits> {
  const { congestion, initialWindow, window, readRate, nagle, sack, timestamps, ecn } = flags;
  return defined({
    ...{ congestion, initialWindow, readRate, nagle, timestamps, ecn },
    receiveBuffer: window,
    sack: sack === false ? false : undefined,
    delayedAcknowledgment: toTicks(flags.delayedAck),
    leastTimeout: toTicks(flags.rtoMin),
  });
}

/** Without what is undefined, so that it changes nothing. */
function defined<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}
