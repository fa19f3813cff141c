/**
 * One direction of the network between clients and servers. The whole course of a packet is known when it is sent, so that nothing
 * has to happen on the way.
 *
 * A packet goes along the first half of the path, through the bottleneck in the middle, and along the second half. The halves take
 * the delay with its jitter, lose, and flip bits, anywhere; the middle has the queue and the rate, duplicates, and lets packets be
 * overtaken. Each conversation has its own chance and its own order, so that without a rate none depends on another. With a rate they
 * share the bottleneck, all that use this link: there, and nowhere else, one holds up the other.
 */
import type { SideName } from "../conversation.ts";
import { Bottleneck, NO_ROOM } from "./bottleneck.ts";
import { Course, MIDDLE, NOWHERE } from "./course.ts";
import { jitterOf } from "./jitter.ts";
import type { ChosenFates, ChosenPacket, NetworkLink } from "./link-options.ts";
import { checkLink } from "./network-checks.ts";
import { NO_FATES } from "./network-options.ts";
import type { Words } from "./threefry.ts";
import { type ConversationKey, streamKey, Variates } from "./variates.ts";

/** Of a full segment with the headers of Ethernet, IPv4 and TCP. */
const SEGMENT_BYTES = 1514;
/** Bits a second at which packets follow each other where there is no rate: a full one takes about 12 microseconds. */
const FAST = 1_000_000_000;

/** What a link is made for. */
export interface LinkSetting {
  /** Whose packets go this way. */
  readonly from: SideName;
  /** Of the session that the times are for. */
  readonly ticksPerSecond: number;
  /** Decides all that chance does, 0 to 2^32 - 1. */
  readonly seed: number;
  /** What happens to single packets, of both sides. Default: nothing. */
  readonly fates?: ChosenFates | undefined;
}

/** What a link keeps of one conversation. */
export class LinkFlow {
  /** That of its chance. */
  readonly key: Words;
  /** Packets sent so far. */
  packets = 0;
  /** Of these, with data. */
  dataPackets = 0;
  /** Whether the packets are in a burst that is lost. */
  isBad: boolean;
  /** When a packet that was sent earlier would arrive, did the bottleneck not hold it up: none comes before it. */
  latestTravel = Number.NEGATIVE_INFINITY;
  /** When a packet that was sent earlier arrives. */
  latestArrival = Number.NEGATIVE_INFINITY;

  constructor(key: Words, isBad: boolean) {
    this.key = key;
    this.isBad = isBad;
  }
}

/** One direction. Packets must come in the order in which they are sent, those of all conversations together. */
export class Link {
  readonly #options: NetworkLink;
  readonly #setting: LinkSetting;
  /** Those of its own side. */
  readonly #fates: ChosenFates;
  readonly #hasFates: boolean;
  /** Whether it does nothing but lose packets, each by itself, and take its time: most do, and that is settled soon. */
  readonly #isPlain: boolean;
  readonly #bottleneck: Bottleneck | undefined;
  readonly #ticksPerByte: number;
  readonly #reorderDelay: number;
  /** Probability that a burst of losses begins with a packet, and that it ends with one. */
  readonly #burstBegins: number;
  readonly #burstEnds: number;
  readonly #variates = new Variates();
  readonly #course: Course;

  /** @throws WirewrightError BAD_OPTION for what no network can be */
  constructor(options: NetworkLink, setting: LinkSetting) {
    checkLink(options, setting.from);
    this.#options = options;
    this.#setting = setting;
    const { lose, duplicate, delay } = setting.fates ?? NO_FATES;
    const isOwn = ({ side }: ChosenPacket) => side === setting.from;
    this.#fates = {
      lose: lose.filter(isOwn),
      duplicate: duplicate.filter(isOwn),
      delay: delay.filter(({ packets }) => isOwn(packets)),
    };
    this.#hasFates = Object.values(this.#fates).some(({ length }) => length > 0);
    const { jitter, reorder, corrupt, duplicate: copies, mark, rate, lossBursts } = options;
    const isCalm = jitter === 0 && reorder === 0 && corrupt === 0 && copies === 0 && !mark;
    this.#isPlain = isCalm && rate === undefined && lossBursts === undefined && !this.#hasFates;
    this.#ticksPerByte = (8 * setting.ticksPerSecond) / (options.rate ?? FAST);
    if (options.rate !== undefined) this.#bottleneck = new Bottleneck(this.#ticksPerByte, options.queue);
    this.#reorderDelay = options.reorderDelay ?? Math.max(3 * SEGMENT_BYTES * this.#ticksPerByte, options.delay / 4);
    const { mean, end } = options.lossBursts ?? { mean: 0, end: 1 };
    this.#burstBegins = (end * mean) / (1 - mean);
    this.#burstEnds = end;
    this.#course = new Course(setting.from);
  }

  /** What is to be kept of a conversation, as long as it lasts. */
  flow(conversation: ConversationKey): LinkFlow {
    const key = streamKey(this.#setting.seed, conversation, this.#setting.from);
    this.#variates.turnTo(key, 0);
    const { lossBursts } = this.#options;
    return new LinkFlow(key, lossBursts !== undefined && this.#variates.burst < lossBursts.mean);
  }

  /**
   * A packet sets out.
   *
   * @param sent not before the packet that was sent before, of whatever conversation
   * @param bytes of the whole frame, its link header included
   * @param hasData whether it counts where packets with data are chosen
   * @param isEcnCapable whether it may be marked (RFC 3168)
   * @returns its course, to be read before the next packet is sent
   */
  send(flow: LinkFlow, sent: number, bytes: number, hasData: boolean, isEcnCapable: boolean): Course {
    const course = this.#begin(flow, sent, hasData);
    const { mark, delay } = this.#options;
    if (this.#isPlain) {
      course.travel = delay;
      if (this.#isUnlucky(flow)) this.#lose(course);
      return course;
    }
    const mayMark = mark && isEcnCapable;
    const isUnlucky = this.#isUnlucky(flow);
    if (this.#isChosen(this.#fates.lose, flow, hasData) || (isUnlucky && !mayMark)) this.#lose(course);
    const travels = this.#travelTime();
    let waits = 0;
    if (this.#bottleneck !== undefined && course.end > MIDDLE) {
      // Packets come to the middle as they were sent: what jitter does to their order, it does for those who look on.
      const comes = sent + delay / 2;
      course.isMarked = mayMark && this.#bottleneck.isHalfFull(comes);
      waits = this.#bottleneck.enter(comes, bytes);
      if (waits === NO_ROOM) return this.#dropAtMiddle(course, flow, travels, "queue-full");
    }
    if (isUnlucky && mayMark) course.isMarked = true;
    this.#settleTimes(course, flow, travels, waits);
    course.heldUp += this.#heldUpBesides(flow, hasData);
    if (course.end === NOWHERE) this.#damageOrCopy(course, flow, bytes, hasData);
    return course;
  }

  /** A packet sets out that is larger than the middle of the path takes, so that it gets no further. As `send`. */
  sendTooLarge(flow: LinkFlow, sent: number, hasData: boolean): Course {
    const course = this.#begin(flow, sent, hasData);
    if (this.#isChosen(this.#fates.lose, flow, hasData) || this.#isUnlucky(flow)) this.#lose(course);
    if (course.end > MIDDLE) return this.#dropAtMiddle(course, flow, this.#travelTime(), "too-large");
    this.#settleTimes(course, flow, this.#travelTime(), 0);
    return course;
  }

  #begin(flow: LinkFlow, sent: number, hasData: boolean): Course {
    flow.packets++;
    if (hasData) flow.dataPackets++;
    this.#variates.turnTo(flow.key, flow.packets);
    const course = this.#course;
    course.fate = "delivered";
    course.sent = sent;
    course.heldUp = 0;
    course.end = NOWHERE;
    course.damage = NOWHERE;
    course.bit = 0;
    course.copyGap = 0;
    course.isMarked = false;
    return course;
  }

  /** Whether chance loses a packet, of which each counts for the bursts. */
  #isUnlucky(flow: LinkFlow): boolean {
    const { loss, lossBursts } = this.#options;
    const isUnlucky = flow.isBad || (loss > 0 && this.#variates.loss < loss);
    if (lossBursts !== undefined) {
      flow.isBad = flow.isBad ? this.#variates.burst >= this.#burstEnds : this.#variates.burst < this.#burstBegins;
    }
    return isUnlucky;
  }

  #lose(course: Course): void {
    course.fate = "lost";
    course.end = this.#variates.position;
  }

  #travelTime(): number {
    const { delay, jitter, jitterDistribution } = this.#options;
    if (jitter === 0) return delay;
    return Math.max(0, delay + jitter * jitterOf(jitterDistribution, this.#variates.jitter));
  }

  /** @param fate why it gets no further */
  #dropAtMiddle(course: Course, flow: LinkFlow, travels: number, fate: "queue-full" | "too-large"): Course {
    course.fate = fate;
    course.end = MIDDLE;
    course.isMarked = false;
    this.#settleTimes(course, flow, travels, 0);
    return course;
  }

  /**
   * Where jitter changes no order, a packet slows down so that it passes no place before one that was sent earlier. Those that are
   * lost count as well: what else is lost must not change how long the others take.
   *
   * @param waits ticks in the bottleneck, where it gets there
   */
  #settleTimes(course: Course, flow: LinkFlow, travels: number, waits: number): void {
    let arrives = course.sent + travels;
    if (!this.#options.jitterReorders) {
      arrives = Math.max(arrives, flow.latestTravel);
      if (course.end > MIDDLE) {
        arrives = Math.max(arrives, flow.latestArrival - waits);
        flow.latestArrival = arrives + waits;
      }
      flow.latestTravel = arrives;
    }
    course.travel = arrives - course.sent;
    course.heldUp = waits;
  }

  /** How long a packet stands in the middle for others to overtake it. */
  #heldUpBesides(flow: LinkFlow, hasData: boolean): number {
    let ticks = this.#options.reorder > 0 && this.#variates.reorder < this.#options.reorder ? this.#reorderDelay : 0;
    if (!this.#hasFates) return ticks;
    for (const { packets, by } of this.#fates.delay) if (isAmong(packets, flow, hasData)) ticks += by;
    return ticks;
  }

  /** What else becomes of a packet that arrives. */
  #damageOrCopy(course: Course, flow: LinkFlow, bytes: number, hasData: boolean): void {
    const { corrupt, duplicate } = this.#options;
    if (corrupt > 0 && this.#variates.corrupt < corrupt) {
      course.fate = "corrupted";
      course.damage = this.#variates.position;
      course.bit = this.#variates.bit;
      return;
    }
    const isLucky = duplicate > 0 && this.#variates.duplicate < duplicate;
    if (isLucky || this.#isChosen(this.#fates.duplicate, flow, hasData)) {
      course.copyGap = Math.max(1, Math.round(bytes * this.#ticksPerByte));
    }
  }

  #isChosen(choices: readonly ChosenPacket[], flow: LinkFlow, hasData: boolean): boolean {
    return this.#hasFates && choices.some((packets) => isAmong(packets, flow, hasData));
  }
}

/** Whether the latest packet of a conversation is one of those. */
function isAmong({ of, numbers }: ChosenPacket, flow: LinkFlow, hasData: boolean): boolean {
  return of === "all" ? numbers.has(flow.packets) : hasData && numbers.has(flow.dataPackets);
}
