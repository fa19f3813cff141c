/** One message between two applications, as an input file tells it. */

import type { IpAddress } from "../headers/address.ts";
import type { ListedPacket } from "../traffic/packet-list/listed-packet.ts";
import type { Transport } from "./protocol-names.ts";

/** One side of a message. Readers hand out one object for equal end points, so `===` compares them. */
export interface EndPoint {
  /** Which end point of its input it is, from 0 in the order of appearance. */
  readonly index: number;
  /** The application's name, without spaces around it; never empty. */
  readonly name: string;
  /** Given by the input, or absent: then one is chosen later. */
  readonly address?: IpAddress;
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
  /** Given by the input, where the protocol allows either and usually goes over the other one. */
  readonly transport: Transport | undefined;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  /** The bytes to carry. A view that may share memory with its neighbours: not to be written to. */
  readonly payload: Uint8Array;
  /** The same without a view: what holds the bytes, and from where to where they are. */
  readonly payloadBuffer: Uint8Array;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  /** Ticks since time 0 of the input: a safe integer. What a tick is, the reader was told. */
  readonly time: number;
  /** True for a row of a packet table: one segment or datagram as it stands, not a message to be carried. */
  readonly isPacket: boolean;
  /** The TCP flags of such a row, 0 to 0x1ff; undefined where its cell is empty. */
  readonly flags: number | undefined;
  /** True where the payload only stands for bytes that the input does not tell. */
  readonly isFiller?: boolean | undefined;
  /** What a list of packets tells beyond that, or a row about a packet that carries no message. */
  readonly listed?: ListedPacket | undefined;
}
