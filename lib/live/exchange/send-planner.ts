/** Makes of messages and their conversations what is to happen on real sockets. */
import { TcpFlag } from "../../headers/tcp-fields.ts";
import type { SideName } from "../../session/conversation.ts";
import { longestDatagram } from "../../session/packet-sizes.ts";
import { PlanError } from "../../traffic/address-allocator.ts";
import type { ConversationTable } from "../../traffic/conversation-table.ts";
import type { Conversation, PendingMessage } from "../../traffic/pending-message.ts";
import { otherSide, type PlannedConnection, type PlannedStep, type StepKind } from "./plan.ts";

const { SYN, ACK, FIN, RST } = TcpFlag;
const NOTHING = new Uint8Array(0);

/** How far the latest connection of a conversation is, as the plan has it. */
interface ConnectionState {
  readonly conversation: Conversation;
  connection: PlannedConnection;
  /** Whether the plan has a step for it, and whether one that is more than its opening. */
  isOpen: boolean;
  isUsed: boolean;
  readonly hasEnded: Record<SideName, boolean>;
}

type PlannedRow = Pick<PendingMessage, "message" | "side" | "ordinal">;

export interface SendPlannerOptions {
  readonly table: ConversationTable;
  /** Milliseconds of the plan from time 0 to a message's time. */
  readonly clock: (ticks: number) => number;
}

export class SendPlanner {
  readonly #options: SendPlannerOptions;
  readonly #states = new Map<Conversation, ConnectionState>();
  #steps: PlannedStep[] = [];
  /** Messages without bytes, which send nothing. */
  emptyMessages = 0;
  /** Rows that only speak of the connection and leave nothing to be done: the system does it, or it was done before. */
  controlRows = 0;

  constructor(options: SendPlannerOptions) {
    this.#options = options;
  }

  /** Conversations of which anything is sent. */
  get conversations(): number {
    return this.#states.size;
  }

  /**
   * Adds what is to be done for a message. Messages come in the order of their times.
   *
   * @throws PlanError for a datagram that is too long
   */
  add(pending: PendingMessage): void {
    const { message, conversation, control } = pending;
    const { table } = this.#options;
    const bytes = table.payloads.bytesOf(pending);
    table.release(pending);
    const flags = (message.isPacket ? message.flags : control) ?? 0;
    const before = this.#steps.length;
    if (conversation.transport === "udp") this.#addDatagram(pending, bytes);
    else this.#addSegment(pending, flags, bytes);
    if (this.#steps.length > before) return;
    if (flags !== 0 || message.isPacket) this.controlRows++;
    else this.emptyMessages++;
  }

  /** What was added since it was asked last. */
  take(): PlannedStep[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  #addDatagram(pending: PendingMessage, bytes: Uint8Array): void {
    const { message, conversation } = pending;
    const most = longestDatagram(typeof conversation.client.host.address === "number");
    if (bytes.length > most) {
      throw new PlanError(
        `a datagram of ${bytes.length} bytes is too long, the most is ${most}`,
        "split it, or send it over TCP",
      );
    }
    if (bytes.length === 0 && !message.isPacket) return;
    this.#step(this.#stateOf(conversation), pending, "data", bytes);
  }

  /** What the kernel does by itself, SYN-ACK and ACK, leaves no step. */
  #addSegment(pending: PendingMessage, flags: number, bytes: Uint8Array): void {
    const { conversation, side } = pending;
    const isSyn = (flags & SYN) !== 0 && (flags & ACK) === 0;
    if (bytes.length === 0 && !isSyn && (flags & (FIN | RST)) === 0) {
      const state = this.#states.get(conversation);
      if (state !== undefined && flags !== 0) state.isUsed = true;
      return;
    }
    const state = this.#stateOf(conversation);
    const startsAnew = bytes.length > 0 ? state.hasEnded[side] : isSyn && state.isUsed;
    if (startsAnew) this.#openAgain(state, pending);
    if (isSyn && bytes.length === 0 && !state.isOpen) this.#step(state, pending, "open");
    if (bytes.length > 0) this.#step(state, pending, "data", bytes);
    const isOver = state.hasEnded.client && state.hasEnded.server;
    if ((flags & RST) !== 0 && !isOver) this.#step(state, pending, "reset");
    else if ((flags & FIN) !== 0 && !state.hasEnded[side]) this.#step(state, pending, "end");
  }

  #openAgain(state: ConnectionState, pending: PendingMessage): void {
    for (const side of [pending.side, otherSide(pending.side)]) {
      if (!state.hasEnded[side]) this.#step(state, { message: pending.message, ordinal: pending.ordinal, side }, "end");
    }
    state.connection = connectionOf(state.conversation);
    state.isOpen = state.isUsed = state.hasEnded.client = state.hasEnded.server = false;
  }

  #step(state: ConnectionState, row: PlannedRow, kind: StepKind, bytes: Uint8Array = NOTHING): void {
    const { message, side, ordinal } = row;
    state.isOpen = true;
    if (kind !== "open") state.isUsed = true;
    if (kind === "end") state.hasEnded[side] = true;
    if (kind === "reset") state.hasEnded.client = state.hasEnded.server = true;
    this.#steps.push({
      connection: state.connection,
      side,
      kind,
      time: this.#options.clock(message.time),
      bytes,
      line: message.line,
      name: `msg ${message.id.trim() || ordinal}`,
    });
  }

  #stateOf(conversation: Conversation): ConnectionState {
    let state = this.#states.get(conversation);
    if (state === undefined) {
      state = {
        conversation,
        connection: connectionOf(conversation),
        isOpen: false,
        isUsed: false,
        hasEnded: { client: false, server: false },
      };
      this.#states.set(conversation, state);
    }
    return state;
  }
}

function connectionOf({ index, transport, client, server }: Conversation): PlannedConnection {
  return { transport, conversation: index, client: client.name, server: server.name };
}
