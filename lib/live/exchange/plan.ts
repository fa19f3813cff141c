/** What is to happen on real sockets, as plain data. */
import type { SideName } from "../../session/conversation.ts";

/** One connection, or one flow of datagrams. The same object in each of its steps. */
export interface PlannedConnection {
  /** What carries it. */
  readonly transport: "tcp" | "udp";
  /** Of connections that share it, one is opened when the one before is over. */
  readonly conversation: number;
  /** What people call the two sides. */
  readonly client: string;
  /** What people call the server. */
  readonly server: string;
}

/**
 * `open`: the connection is opened, if it was not; nothing is sent.
 * `data`: `bytes` are sent; of datagrams, one datagram.
 * `end`: the side has nothing more to send (FIN). `reset`: it breaks the connection off (RST).
 */
export type StepKind = "open" | "data" | "end" | "reset";

/** Something that one side of a connection does. */
export interface PlannedStep {
  /** What it happens on. */
  readonly connection: PlannedConnection;
  /** Who acts. */
  readonly side: SideName;
  /** What happens. */
  readonly kind: StepKind;
  /** Milliseconds since the first step of all; never less than that of the step before. */
  readonly time: number;
  /** Not to be written to. Empty for other kinds than `data`. */
  readonly bytes: Uint8Array;
  /** Where the step comes from: a line of the plan's source, from 1. */
  readonly line: number;
  /** What people call the message, such as "msg 4"; empty where there is none. */
  readonly name: string;
}

/** The steps in order, in batches. Those of a connection that is over, because both sides have ended or one has broken off, end. */
export type ExchangePlan = AsyncIterable<readonly PlannedStep[]>;

/** Which of the two sides of every connection are played here. */
export type PlayedSides = "both" | SideName;

export function otherSide(side: SideName): SideName {
  return side === "client" ? "server" : "client";
}

/** "browser", the name of the one who acts. */
export function actorOf({ connection, side }: PlannedStep): string {
  return connection[side];
}
