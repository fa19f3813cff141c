/** What the network does to packets on their way in one direction, in the words of netem. */

/** How jitter is spread around the delay. */
export type JitterDistribution = "normal" | "uniform" | "pareto";

/** Losses that come in bursts: the model of Gilbert and Elliott, in which a bad state loses everything and a good one nothing. */
export interface LossBursts {
  /** Part of all packets that is lost in the long run, 0 to 1. */
  readonly mean: number;
  /** Probability that a burst ends with each packet, above 0 to 1: bursts have 1 / `end` packets on average. */
  readonly end: number;
}

/** One direction. Times are ticks of the session, probabilities 0 to 1. */
export interface NetworkLink {
  /** From one end to the other. Default: half a millisecond. */
  readonly delay: number;
  /** Standard deviation of the delay, or its largest deviation where it is uniform. Default: 0. */
  readonly jitter: number;
  /** How delays are spread. */
  readonly jitterDistribution: JitterDistribution;
  /** Whether jitter may change the order of packets. Default: false. */
  readonly jitterReorders: boolean;
  /** Of a loss that depends on nothing. */
  readonly loss: number;
  /** Losses that come together, besides; undefined: none. */
  readonly lossBursts: LossBursts | undefined;
  /** Of a packet that arrives twice. */
  readonly duplicate: number;
  /** Of a packet that waits so long that later ones overtake it. */
  readonly reorder: number;
  /** How long such a packet waits besides. Default: the time of three segments, or a quarter of the delay, whichever is more. */
  readonly reorderDelay: number | undefined;
  /** Of a flipped bit. */
  readonly corrupt: number;
  /** Bits a second; undefined: no limit. */
  readonly rate: number | undefined;
  /** Packets that may wait for it. Default: 50. */
  readonly queue: number;
  /** Whether packets that may be marked are marked in place of being lost, by chance or by a queue that is half full (RFC 3168). */
  readonly mark: boolean;
}

/** Which packet of a side: the n-th that it sends, or the n-th with data, from 1. */
export interface ChosenPacket {
  /** Who sends it. */
  readonly side: "client" | "server";
  /** Whether all its packets are counted, or those with data. */
  readonly of: "all" | "data";
  /** From 1 on. */
  readonly numbers: ReadonlySet<number>;
}

/** Packets that are held up. */
export interface ChosenDelay {
  /** Which ones. */
  readonly packets: ChosenPacket;
  /** Ticks that they take besides. */
  readonly by: number;
}

/** What happens to single packets, whatever chance says. They are counted in each conversation on its own. */
export interface ChosenFates {
  /** Those that do not arrive. */
  readonly lose: readonly ChosenPacket[];
  /** Those that arrive twice. */
  readonly duplicate: readonly ChosenPacket[];
  /** Those that are held up. */
  readonly delay: readonly ChosenDelay[];
}

/** Where on the path the capture is taken: 0 at the client, 1 at the server, or both. */
export type Tap = number | "both";
