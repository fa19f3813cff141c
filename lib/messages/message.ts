/** One message between two applications, as an input file tells it. */
import type { Ipv4Address } from "../headers/address.ts";

/** One side of a message. Readers hand out one object for equal end points, so `===` compares them. */
export interface EndPoint {
  /** The application's name, without spaces around it; never empty. */
  readonly name: string;
  /** Given by the input, or absent: then one is chosen later. */
  readonly address?: Ipv4Address;
  /** 1 to 65535, given by the input, or absent: then one is chosen later. */
  readonly port?: number;
}

export interface Message {
  /** The line of the input where the message's row starts, from 1. */
  readonly line: number;
  /** The input's own name for the message, as written; empty where it has none. */
  readonly id: string;
  /** The application protocol, without spaces around it; may be empty. */
  readonly protocol: string;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  /** The bytes to carry. A view that may share memory with its neighbours: not to be written to. */
  readonly payload: Uint8Array;
  /** Ticks since time 0 of the input: a safe integer, 0 or more. What a tick is, the reader was told. */
  readonly time: number;
}
