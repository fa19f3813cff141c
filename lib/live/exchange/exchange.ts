/**
 * Plays a plan on real sockets: on both ends of every connection, or on the servers' or the clients' alone, while another
 * process plays the other half. What arrives is held against what was to arrive, byte by byte. Nothing else passes between
 * the two halves: the n-th connection that is accepted is the n-th of the plan.
 */
import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";
import type { Recorder } from "../record/recorder.ts";
import { Lane, type LaneHost } from "./connection-player.ts";
import { cannotListen, moreThanPlanned, otherHalfGone } from "./exchange-errors.ts";
import type { ExchangePlan, PlannedConnection, PlannedStep, PlayedSides } from "./exchange-plan.ts";
import { TcpDoor, TcpLink } from "./exchange-tcp.ts";
import { UdpDoor, UdpLink } from "./exchange-udp.ts";

export interface ExchangeOptions {
  readonly sides: PlayedSides;
  /** Where the servers listen, or are: an address or a name. */
  readonly host: string;
  /** 0 for any that is free, where the servers are here. */
  readonly port: number;
  readonly recorder?: Recorder | undefined;
  /** Ends the exchange before its time. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the servers listen; nothing is sent before what it returns is done. */
  readonly onReady?: ((ends: { readonly address: string; readonly port: number }) => Promise<void> | void) | undefined;
  /** Told once of a step that the other half ought to have sent some seconds ago. */
  readonly onWaiting?: ((step: PlannedStep) => void) | undefined;
}

/** Messages and their bytes. */
export interface MessageCount {
  messages: number;
  bytes: number;
}

export interface ExchangeResult {
  readonly port: number;
  readonly connections: number;
  /** By the sides that were played here. */
  readonly sent: MessageCount;
  readonly arrived: MessageCount;
  /** Milliseconds that the latest message was late. */
  readonly worstDelay: number;
  readonly latestStep: PlannedStep | undefined;
  /** Milliseconds from the first connection to the last close. */
  readonly duration: number;
  readonly isInterrupted: boolean;
}

/** What may be under way before more of the plan is read. */
const MOST_STEPS = 1024;
const MOST_BYTES = 1 << 23;
/** Milliseconds; a timer takes no more. */
const LONGEST_TIMER = 1_000_000_000;
/** Milliseconds after which a person wants to know what is being waited for. */
const PATIENCE = 2500;

/**
 * @throws ExchangeError when something else arrives than was sent, nobody listens, a connection breaks; whatever the plan
 *   throws passes through. Every socket is closed then.
 */
export async function exchange(plan: ExchangePlan, options: ExchangeOptions): Promise<ExchangeResult> {
  const running = new Exchange(options);
  try {
    return await running.run(plan);
  } finally {
    running.destroy();
  }
}

class Exchange implements LaneHost {
  readonly sides: PlayedSides;
  readonly recorder: Recorder | undefined;
  readonly #options: ExchangeOptions;
  /** Those that can still be given steps. */
  readonly #lanes = new Map<PlannedConnection, Lane>();
  /** By conversation: those that are over, and have still something to do. */
  readonly #ending = new Map<number, Lane>();
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  #failure: unknown;
  #address = "";
  #port: number;
  #tcp: TcpDoor | undefined;
  #udp: UdpDoor | undefined;
  /** When the lanes opened so far stand: they open one after the other. */
  #turn: Promise<void> = Promise.resolve();
  /** On the clock that never jumps; undefined until the first connection stands. */
  #start: number | undefined;
  #connections = 0;
  #stepsUnderWay = 0;
  #bytesUnderWay = 0;
  #whenRoom: (() => void) | undefined;
  readonly #sent: MessageCount = { messages: 0, bytes: 0 };
  readonly #arrived: MessageCount = { messages: 0, bytes: 0 };
  /** What the other half was awaited for a while ago, and what of it was told. */
  #awaited: PlannedStep | undefined;
  #told: PlannedStep | undefined;
  #wasGone = false;
  #worstDelay = 0;
  #latestStep: PlannedStep | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.sides = options.sides;
    this.recorder = options.recorder;
    this.#port = options.port;
    this.#stopped = new Promise((resolve) => {
      this.#stop.signal.addEventListener("abort", () => resolve());
      if (options.signal?.aborted) this.#stop.abort();
      options.signal?.addEventListener("abort", () => this.#stop.abort());
    });
  }

  async run(plan: ExchangePlan): Promise<ExchangeResult> {
    await this.#prepare();
    const watch = this.sides === "both" ? undefined : setInterval(() => this.#watch(), PATIENCE);
    try {
      await Promise.race([this.#playAll(plan), this.#stopped]);
    } catch (error) {
      // What a lane has met first is the reason of what came after.
      this.#failure ??= error;
    } finally {
      clearInterval(watch);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return {
      port: this.#port,
      connections: this.#connections,
      sent: this.#sent,
      arrived: this.#arrived,
      worstDelay: this.#worstDelay,
      latestStep: this.#latestStep,
      duration: this.#start === undefined ? 0 : performance.now() - this.#start,
      isInterrupted: this.#stop.signal.aborted,
    };
  }

  destroy(): void {
    this.#stop.abort();
    for (const lane of [...this.#lanes.values(), ...this.#ending.values()]) lane.destroy();
    this.#tcp?.close();
    this.#udp?.close();
  }

  sending(step: PlannedStep): void {
    if (step.kind === "data") count(this.#sent, step);
    const delay = performance.now() - (this.#start ?? performance.now()) - step.time;
    if (delay <= this.#worstDelay) return;
    this.#worstDelay = delay;
    this.#latestStep = step;
  }

  arrived(step: PlannedStep): void {
    if (step.kind === "data") count(this.#arrived, step);
  }

  done(step: PlannedStep): void {
    this.#stepsUnderWay--;
    this.#bytesUnderWay -= step.bytes.length;
    if (this.#hasRoom) this.#whenRoom?.();
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#stop.abort();
  }

  async #prepare(): Promise<void> {
    const { host, onReady } = this.#options;
    this.#address = await addressOf(host, this.#port);
    if (this.sides !== "client") {
      this.#tcp = new TcpDoor();
      this.#port = await this.#tcp.listen(this.#address, this.#port);
      this.#udp = new UdpDoor(this.#address, this.#port);
      // The other half may send as soon as it likes.
      if (this.sides === "server") await this.#udp.listen();
    }
    await onReady?.({ address: this.#address, port: this.#port });
  }

  async #playAll(plan: ExchangePlan): Promise<void> {
    for await (const steps of plan) {
      for (const step of steps) {
        await this.#due(step.time);
        while (!this.#hasRoom && !this.#isStopped) await new Promise<void>((resolve) => (this.#whenRoom = resolve));
        if (this.#isStopped) return;
        await this.#hand(step);
      }
    }
    for (const lane of [...this.#ending.values(), ...this.#lanes.values()]) await lane.idle();
    await this.#closeAll();
  }

  async #hand(step: PlannedStep): Promise<void> {
    this.#stepsUnderWay++;
    this.#bytesUnderWay += step.bytes.length;
    const lane = this.#lanes.get(step.connection) ?? this.#open(step);
    lane.push(step);
    if (this.#start === undefined) {
      await lane.opened;
      this.#start = performance.now() - step.time;
    }
    if (!lane.isOver) return;
    const { conversation } = lane.connection;
    this.#lanes.delete(step.connection);
    this.#ending.set(conversation, lane);
    void lane.idle().then(() => {
      this.#finish(lane);
      if (this.#ending.get(conversation) === lane) this.#ending.delete(conversation);
    });
  }

  #open(first: PlannedStep): Lane {
    const address = { sides: this.sides, host: this.#address, port: this.#port };
    const listener = {
      arrived: (step: PlannedStep) => lane.arrived(step),
      wrong: (error: unknown) => this.fail(error),
    };
    const link =
      first.connection.transport === "tcp"
        ? new TcpLink({ ...address, door: this.#tcp, listener })
        : new UdpLink({ ...address, door: this.#udp, listener });
    const before = this.#ending.get(first.connection.conversation);
    const turn = before === undefined ? this.#turn : this.#turn.then(() => before.idle());
    const lane = new Lane(this, link, first, turn);
    this.#turn = lane.opened;
    lane.opened.then(
      () => this.#connections++,
      () => {},
    );
    this.#lanes.set(first.connection, lane);
    return lane;
  }

  /** Connections that are open close in the order in which they opened, each when the one before is closed. */
  async #closeAll(): Promise<void> {
    for (const lane of [...this.#lanes.values()]) {
      for (const side of ["client", "server"] as const) {
        if (lane.connection.transport === "tcp" && !lane.hasEnded(side)) {
          this.#stepsUnderWay++;
          lane.push({ ...lane.last, side, kind: "end", time: Number.POSITIVE_INFINITY, bytes: NOTHING });
        }
      }
      await lane.idle();
      this.#finish(lane);
      this.#lanes.delete(lane.connection);
    }
  }

  #finish(lane: Lane): void {
    const { client, server } = lane.connection;
    if (lane.surplus > 0) this.fail(moreThanPlanned(`${client} and ${server}`, lane.last, lane.surplus));
    if (lane.connection.transport === "udp") lane.destroy();
  }

  /** Waits until a time of the plan has come. */
  async #due(time: number): Promise<void> {
    if (this.#start === undefined) return;
    for (;;) {
      const left = this.#start + time - performance.now();
      if (left <= 0 || this.#isStopped) return;
      const wait = Math.min(LONGEST_TIMER, Math.max(1, left));
      await setTimeout(wait, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  get #hasRoom(): boolean {
    return this.#stepsUnderWay < MOST_STEPS && this.#bytesUnderWay < MOST_BYTES;
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Tells of what ought to have come from the other half some time ago, and notices that it is gone. */
  #watch(): void {
    const lanes = [...this.#ending.values(), ...this.#lanes.values()];
    // One connection may have ended because the other half is a little ahead.
    const isGone = lanes.length > 0 && lanes.every(({ isCutOff }) => isCutOff);
    if (isGone && this.#wasGone) this.fail(otherHalfGone());
    this.#wasGone = isGone;
    const late = lanes.map((lane) => lane.waitingFor).find((step) => step !== undefined && step.side !== this.sides);
    if (late !== undefined && late === this.#awaited && late !== this.#told) {
      this.#told = late;
      this.#options.onWaiting?.(late);
    }
    this.#awaited = late;
  }
}

const NOTHING = new Uint8Array(0);

function count(total: MessageCount, { bytes }: PlannedStep): void {
  total.messages++;
  total.bytes += bytes.length;
}

/** @throws ExchangeError BAD_HOST */
async function addressOf(host: string, port: number): Promise<string> {
  try {
    return (await lookup(host, { verbatim: false })).address;
  } catch (error) {
    throw cannotListen(host, port, error as NodeJS.ErrnoException);
  }
}
