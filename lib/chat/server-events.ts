/** What the chat server tells of: its events, and what each listener is told. */
import type { SocketEnd } from "./socket-closing.ts";

/** The two ends of a connection. */
export interface ConnectionEnds {
  /** Number of the connection, from 1 in the order of coming. */
  readonly id: number;
  /** The server's address, as the socket tells it. */
  readonly localAddress: string;
  /** The server's port. */
  readonly localPort: number;
  /** The client's address, as the socket tells it. */
  readonly remoteAddress: string;
  /** The client's port. */
  readonly remotePort: number;
}

/** What happens, in order. `id` is the number of a connection, from 1 in the order of coming. */
export interface ChatServerEvents {
  /** Connections are accepted from now on. */
  listening: [
    {
      /** The address that it listens on. */
      address: string;
      /** The port that it listens on. */
      port: number;
    },
  ];
  /** A connection was accepted. */
  connection: [ConnectionEnds];
  /** Bytes as they came, in whatever pieces. `idle` of those before made no line that asked for anything, or were thrown away. */
  received: [
    {
      /** Number of the connection. */
      id: number;
      /** The bytes. */
      bytes: Uint8Array;
      /** How many bytes before these asked for nothing. */
      idle: number;
    },
  ];
  /** Bytes as they were handed to the system. */
  sent: [
    {
      /** Number of the connection. */
      id: number;
      /** The bytes. */
      bytes: Uint8Array;
    },
  ];
  /** A client has got a name. */
  named: [
    {
      /** Number of the connection. */
      id: number;
      /** The name. */
      name: string;
    },
  ];
  /** A message was accepted, for one user or for "all", which nobody can be called. */
  message: [
    {
      /** Name of the sender. */
      from: string;
      /** Name of the receiver, or "all". */
      to: string;
      /** What is said. */
      text: string;
    },
  ];
  /** The server closes a connection; `reason` is a clause. */
  closing: [
    {
      /** Number of the connection. */
      id: number;
      /** Why, as a clause. */
      reason: string;
    },
  ];
  /** The connection is gone; once for each. */
  disconnected: [
    {
      /** Number of the connection. */
      id: number;
      /** The name that it had, if any. */
      name: string | undefined;
    },
  ];
  /** How a connection ends on the wire, a refused one too; before `disconnected`. */
  ended: [
    {
      /** Number of the connection. */
      id: number;
    } & SocketEnd,
  ];
  /** The socket of a connection is closed, of a refused one too: it neither receives nor sends nor ends any more. */
  closed: [
    {
      /** Number of the connection. */
      id: number;
    },
  ];
  /**
   * A connection was not accepted; `reason` is a clause. Where the system had made one, `ends` tells of it, and what is
   * received and sent on it and how it ends follow with its number.
   */
  refused: [
    {
      /** Where it came from. */
      address: string;
      /** Why, as a clause. */
      reason: string;
      /** The two ends, where the system had made a connection. */
      ends?: ConnectionEnds;
    },
  ];
  /** The server has stopped: the last event. */
  stopped: [];
}
