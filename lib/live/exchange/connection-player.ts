/**
 * One connection of the plan: its steps in their order, each when what the other side has sent before has arrived; and what it
 * needs of its sockets, whichever transport they are of.
 */

import type { SideName } from "../../session/conversation.ts";
import type { RecordedConnection, RecordedFlow, Recorder } from "../record/recorder.ts";
import type { ExchangeError } from "./exchange-errors.ts";
import { actorOf, otherSide, type PlannedConnection, type PlannedStep, type PlayedSides } from "./plan.ts";

export interface End {
  readonly address: string;
  readonly port: number;
}

export interface Ends {
  readonly client: End;
  readonly server: End;
}

export interface LinkObserver {
  /** All of a step that was expected has arrived. */
  arrived(step: PlannedStep): void;
  wrong(error: ExchangeError): void;
}

/** The sockets of one connection, as far as they are on this machine. */
export interface Link {
  /** @param first the step that asks for it @returns when it stands @throws ExchangeError */
  open(first: PlannedStep): Promise<Ends>;
  /** What the other side is to receive of this step: called before it is sent, where both sides are here. */
  expect(step: PlannedStep): void;
  /** @returns when the system has taken it @throws ExchangeError */
  send(step: PlannedStep): Promise<void>;
  /** What was expected first and has not arrived yet. */
  readonly waitingFor: PlannedStep | undefined;
  /** Bytes that have arrived without being expected. */
  readonly surplus: number;
  /** Whether the other side has ended or is gone, without a step that says so, so far. */
  readonly isCutOff: boolean;
  /** Closes whatever is still open, at once. Harmless the second time. */
  destroy(): void;
}

/** What a player tells, and whom it asks. */
export interface PlayerHost {
  readonly sides: PlayedSides;
  readonly recorder: Recorder | undefined;
  /** One side of this machine begins to send a step. */
  sending(step: PlannedStep): void;
  /** A step has arrived at a side of this machine. */
  arrived(step: PlannedStep): void;
  /** Nothing of a step is left to be done here. */
  done(step: PlannedStep): void;
  fail(error: unknown): void;
}

export class ConnectionPlayer {
  readonly connection: PlannedConnection;
  readonly #host: PlayerHost;
  readonly #link: Link;
  /** When it stands. */
  readonly opened: Promise<void>;
  readonly #hasEnded: Record<SideName, boolean> = { client: false, server: false };
  #waiting: PlannedStep[] = [];
  #isRunning = false;
  /** Steps that have still to arrive here. */
  #outstanding = 0;
  #whenQuiet: (() => void)[] = [];
  #whenIdle: (() => void)[] = [];
  #latestSide: SideName | undefined;
  #recorded: RecordedConnection | undefined;
  #recordedFlow: RecordedFlow | undefined;
  /** The last step that it was given. */
  last: PlannedStep;

  /** @param turn when it may be opened */
  constructor(host: PlayerHost, link: Link, first: PlannedStep, turn: Promise<void>) {
    this.#host = host;
    this.#link = link;
    this.connection = first.connection;
    this.last = first;
    this.opened = turn.then(() => link.open(first)).then((ends) => this.#record(ends));
    // Whoever waits for it is told, and the host by the first step.
    this.opened.catch(() => {});
  }

  /** Whether both sides have ended, or one has broken off, by the steps that it was given. */
  get isOver(): boolean {
    return this.#hasEnded.client && this.#hasEnded.server;
  }

  get waitingFor(): PlannedStep | undefined {
    return this.#link.waitingFor;
  }

  /** Bytes that have arrived without being expected. */
  get surplus(): number {
    return this.#link.surplus;
  }

  /** Whether the other half has ended it or is gone, without a step that says so, so far. */
  get isCutOff(): boolean {
    return this.#link.isCutOff;
  }

  hasEnded(side: SideName): boolean {
    return this.#hasEnded[side];
  }

  push(step: PlannedStep): void {
    if (step.kind === "end") this.#hasEnded[step.side] = true;
    if (step.kind === "reset") this.#hasEnded.client = this.#hasEnded.server = true;
    this.last = step;
    this.#waiting.push(step);
    if (!this.#isRunning) void this.#run();
  }

  /** Resolves when all that it was given is done. */
  idle(): Promise<void> {
    if (!this.#isRunning && this.#outstanding === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** All of a step has arrived. To be called by the link's observer. */
  arrived(step: PlannedStep): void {
    this.#outstanding--;
    // What another machine has sent is known only now.
    if (!this.#plays(step.side)) this.#note(step);
    this.#host.arrived(step);
    this.#host.done(step);
    if (this.#outstanding > 0) return;
    for (const resolve of this.#whenQuiet.splice(0)) resolve();
    if (!this.#isRunning) this.#resolveIdle();
  }

  destroy(): void {
    this.#link.destroy();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.opened;
      for (let next = 0; next < this.#waiting.length; ) {
        await this.#play(this.#waiting[next++]!);
        if (next < 64 && next < this.#waiting.length) continue;
        this.#waiting = this.#waiting.slice(next);
        next = 0;
      }
    } catch (error) {
      this.#host.fail(error);
      return;
    }
    this.#isRunning = false;
    if (this.#outstanding === 0) this.#resolveIdle();
  }

  #resolveIdle(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  async #play(step: PlannedStep): Promise<void> {
    const { transport } = this.connection;
    const isTaken = step.kind !== "open" && (transport === "tcp" || step.kind === "data");
    if (!isTaken) return this.#host.done(step);
    const isExpected = this.#plays(otherSide(step.side));
    const isOwn = this.#plays(step.side);
    // A datagram that finds the one before it still waiting could be lost, and a reset takes away what is on its way.
    const isAlone = isOwn && (step.kind === "reset" || transport === "udp");
    if (step.side !== this.#latestSide || isAlone) await this.#quiet();
    this.#latestSide = step.side;
    if (isExpected) this.#outstanding++;
    if (isOwn) {
      this.#host.sending(step);
      this.#note(step);
    }
    if (isExpected) this.#link.expect(step);
    if (isOwn) await this.#link.send(step);
    if (!isExpected) this.#host.done(step);
  }

  /** When all that was to arrive here has arrived. */
  #quiet(): Promise<void> | undefined {
    if (this.#outstanding === 0) return undefined;
    return new Promise((resolve) => this.#whenQuiet.push(resolve));
  }

  #plays(side: SideName): boolean {
    return this.#host.sides === "both" || this.#host.sides === side;
  }

  #record({ client, server }: Ends): void {
    const { connection } = this;
    const ends = { client: { ...client, name: connection.client }, server: { ...server, name: connection.server } };
    if (connection.transport === "tcp") this.#recorded = this.#host.recorder?.connected(ends);
    else this.#recordedFlow = this.#host.recorder?.flow(ends);
  }

  #note(step: PlannedStep): void {
    const { kind, side, bytes, name } = step;
    if (kind === "end") this.#recorded?.ended(side);
    else if (kind === "reset") this.#recorded?.reset(side);
    else (this.#recorded ?? this.#recordedFlow)?.sent(side, bytes, () => `${name} of ${actorOf(step)}`);
  }
}
