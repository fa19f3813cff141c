/**
 * Plays a plan on real sockets: on both ends of every connection, or on the servers' or the clients' alone, while another
 * process plays the other half. What arrives is held against what was to arrive, byte by byte. Nothing else passes between
 * the two halves: the n-th connection that is accepted is the n-th of the plan.
 */
import { lookup } from "node:dns/promises";
import { setTimeout } from "node:timers/promises";
import type { Recorder } from "../record/recorder.ts";
import { ConnectionPlayer, type PlayerHost } from "./connection-player.ts";
import { cannotListen, moreThanPlanned, otherHalfGone } from "./exchange-errors.ts";
import type { ExchangePlan, PlannedConnection, PlannedStep, PlayedSides } from "./plan.ts";
import { TcpLink, TcpListener } from "./tcp-link.ts";
import { UdpLink, UdpListener } from "./udp-link.ts";

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
  /** How many. */
  messages: number;
  /** Bytes of all of them. */
  bytes: number;
}

/** What an exchange came to. */
export interface ExchangeResult {
  /** The port of the servers. */
  readonly port: number;
  /** TCP connections that were opened. */
  readonly connections: number;
  /** By the sides that were played here. */
  readonly sent: MessageCount;
  /** What arrived at the sides that were played here. */
  readonly arrived: MessageCount;
  /** Milliseconds that the latest message was late. */
  readonly worstDelay: number;
  /** The step that was late by that much; undefined where none was. */
  readonly latestStep: PlannedStep | undefined;
  /** Milliseconds from the first connection to the last close. */
  readonly duration: number;
  /** Whether it was ended before its time. */
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

class Exchange implements PlayerHost {
  readonly sides: PlayedSides;
  readonly recorder: Recorder | undefined;
  readonly #options: ExchangeOptions;
  /** Those that can still be given steps. */
  readonly #players = new Map<PlannedConnection, ConnectionPlayer>();
  /** By conversation: those that are over, and have still something to do. */
  readonly #ending = new Map<number, ConnectionPlayer>();
  readonly #stop = new AbortController();
  readonly #stopped: Promise<void>;
  #failure: unknown;
  #address = "";
  #port: number;
  #tcp: TcpListener | undefined;
  #udp: UdpListener | undefined;
  /** When the connections opened so far stand: they open one after the other. */
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
      // What a player has met first is the reason of what came after.
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
    for (const player of [...this.#players.values(), ...this.#ending.values()]) player.destroy();
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
      this.#tcp = new TcpListener();
      this.#port = await this.#tcp.listen(this.#address, this.#port);
      this.#udp = new UdpListener(this.#address, this.#port);
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
        await this.#dispatch(step);
      }
    }
    for (const player of [...this.#ending.values(), ...this.#players.values()]) await player.idle();
    await this.#closeAll();
  }

  async #dispatch(step: PlannedStep): Promise<void> {
    this.#stepsUnderWay++;
    this.#bytesUnderWay += step.bytes.length;
    const player = this.#players.get(step.connection) ?? this.#open(step);
    player.push(step);
    if (this.#start === undefined) {
      await player.opened;
      this.#start = performance.now() - step.time;
    }
    if (!player.isOver) return;
    const { conversation } = player.connection;
    this.#players.delete(step.connection);
    this.#ending.set(conversation, player);
    void player.idle().then(() => {
      this.#finish(player);
      if (this.#ending.get(conversation) === player) this.#ending.delete(conversation);
    });
  }

  #open(first: PlannedStep): ConnectionPlayer {
    const address = { sides: this.sides, host: this.#address, port: this.#port };
    const observer = {
      arrived: (step: PlannedStep) => player.arrived(step),
      wrong: (error: unknown) => this.fail(error),
    };
    const link =
      first.connection.transport === "tcp"
        ? new TcpLink({ ...address, listener: this.#tcp, observer })
        : new UdpLink({ ...address, listener: this.#udp, observer });
    const before = this.#ending.get(first.connection.conversation);
    const turn = before === undefined ? this.#turn : this.#turn.then(() => before.idle());
    const player = new ConnectionPlayer(this, link, first, turn);
    this.#turn = player.opened;
    player.opened.then(
      () => this.#connections++,
      () => {},
    );
    this.#players.set(first.connection, player);
    return player;
  }

  /** Connections that are open close in the order in which they opened, each when the one before is closed. */
  async #closeAll(): Promise<void> {
    for (const player of [...this.#players.values()]) {
      for (const side of ["client", "server"] as const) {
        if (player.connection.transport === "tcp" && !player.hasEnded(side)) {
          this.#stepsUnderWay++;
          player.push({ ...player.last, side, kind: "end", time: Number.POSITIVE_INFINITY, bytes: NOTHING });
        }
      }
      await player.idle();
      this.#finish(player);
      this.#players.delete(player.connection);
    }
  }

  #finish(player: ConnectionPlayer): void {
    const { client, server } = player.connection;
    if (player.surplus > 0) this.fail(moreThanPlanned(`${client} and ${server}`, player.last, player.surplus));
    if (player.connection.transport === "udp") player.destroy();
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
    const players = [...this.#ending.values(), ...this.#players.values()];
    // One connection may have ended because the other half is a little ahead.
    const isGone = players.length > 0 && players.every(({ isCutOff }) => isCutOff);
    if (isGone && this.#wasGone) this.fail(otherHalfGone());
    this.#wasGone = isGone;
    const late = players
      .map((player) => player.waitingFor)
      .find((step) => step !== undefined && step.side !== this.sides);
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
