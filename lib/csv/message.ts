/** One message between two applications, as an input file tells it. */

import { utf8Text } from "../core/utf8.ts";
import type { IpAddress } from "../headers/address.ts";
import { plainFields, plainValue } from "../headers/plain-values.ts";
import type { RowFields } from "./frame-columns.ts";
import type { Transport } from "./protocol-names.ts";
import type { Row } from "./row.ts";

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

/**
 * A message as the row of a table tells it.
 *
 * @typeParam Listed what whoever opens a table makes of a row about a packet
 */
export interface Message<Listed = unknown> {
  /** The line of the input where the message's row starts, from 1. */
  readonly line: number;
  /** The input's own name for the message, as written; empty where it has none. */
  readonly id: string;
  /** The application protocol, without spaces around it; may be empty. */
  readonly protocol: string;
  /** Given by the input, where the protocol allows either and usually goes over the other one. */
  readonly transport: Transport | undefined;
  /** Who says it. */
  readonly source: EndPoint;
  /** Who it is for. */
  readonly destination: EndPoint;
  /** The bytes to carry. A view that may share memory with its neighbours: not to be written to. */
  readonly payload: Uint8Array;
  /** The same without a view: what holds the bytes, and from where to where they are. */
  readonly payloadBuffer: Uint8Array;
  /** Index of the first byte. */
  readonly payloadStart: number;
  /** Index behind the last byte. */
  readonly payloadEnd: number;
  /** Ticks since time 0 of the input: a safe integer. What a tick is, the reader was told. */
  readonly time: number;
  /** True for a row of a packet table: one segment or datagram as it stands, not a message to be carried. */
  readonly isPacket: boolean;
  /** The TCP flags of such a row, 0 to 0x1ff; undefined where its cell is empty. */
  readonly flags: number | undefined;
  /** True where the payload only stands for bytes that the input does not tell. */
  readonly isFiller?: boolean | undefined;
  /** What the row says of the frames that carry it; equal ones are the same object. */
  readonly fields?: RowFields | undefined;
  /** What a list of packets tells beyond that, or a row about a packet that carries no message. */
  readonly listed?: Listed | undefined;
}

/** What rows and lists tell of frames and packets that is an address, and a number. */
const ADDRESSES = {
  sourceMac: { type: "mac" },
  destinationMac: { type: "mac" },
  senderMac: { type: "mac" },
  targetMac: { type: "mac" },
  senderIp: { type: "ipv4" },
  targetIp: { type: "ipv4" },
} as const;

/** A message as JSON has it: addresses are text, and the bytes hexadecimal digits. */
export function messageJson(message: Message): object {
  const { line, id, protocol, transport, source, destination, time, payload, flags, fields, listed } = message;
  const told = (said: object | undefined) => said && plainFields(ADDRESSES, said);
  const rest = { transport, flags, fields: told(fields), listed: told(listed as object | undefined) };
  return { line, id, protocol, source, destination, time, payload: plainValue(payload), ...rest };
}

/** Where the parts of a message stand: indices into a row, from 0. */
interface MessageColumns {
  readonly id: number | undefined;
  readonly message: number | undefined;
  readonly time: number;
}

/**
 * The message of a row. Its texts stay in the bytes of the row until somebody asks for them: nobody does for most of them,
 * and to make a view or a string takes longer than to make a packet. It has no more fields than each row needs, since
 * thousands are waiting for their turn.
 */
export class RowMessage implements Message {
  readonly line: number;
  readonly protocol: string;
  readonly transport: Transport | undefined;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  /** As for every message; moved by whoever spreads rows of one time. */
  time: number;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  readonly #text: Uint8Array;
  readonly #idStart: number;
  readonly #idEnd: number;
  readonly #timeStart: number;
  readonly #timeEnd: number;

  constructor(
    row: Row,
    columns: MessageColumns,
    line: number,
    protocol: string,
    source: EndPoint,
    destination: EndPoint,
    time: number,
    transport: Transport | undefined,
    payload?: Uint8Array,
  ) {
    const { id, message } = columns;
    this.line = line;
    this.protocol = protocol;
    this.transport = transport;
    this.source = source;
    this.destination = destination;
    this.time = time;
    this.#text = row.source;
    this.#idStart = id === undefined ? 0 : row.startOf(id);
    this.#idEnd = id === undefined ? 0 : row.endOf(id);
    this.#timeStart = row.startOf(columns.time);
    this.#timeEnd = row.endOf(columns.time);
    const isText = payload === undefined && message !== undefined;
    this.payloadStart = isText ? row.startOf(message) : 0;
    this.payloadEnd = isText ? row.endOf(message) : (payload?.length ?? 0);
  }

  get payloadBuffer(): Uint8Array {
    return this.#text;
  }

  get payload(): Uint8Array {
    return this.payloadBuffer.subarray(this.payloadStart, this.payloadEnd);
  }

  toJSON(): object {
    return messageJson(this);
  }

  get isPacket(): boolean {
    return false;
  }

  get flags(): number | undefined {
    return undefined;
  }

  get isFiller(): boolean {
    return false;
  }

  get fields(): RowFields | undefined {
    return undefined;
  }

  get id(): string {
    return utf8Text(this.#text, this.#idStart, this.#idEnd);
  }

  /** The time as it is written. */
  get timeText(): string {
    return utf8Text(this.#text, this.#timeStart, this.#timeEnd);
  }
}

/** What a row of a packet table tells of its packet. */
export interface PacketParts {
  readonly flags: number | undefined;
  readonly payload: Uint8Array;
  /** Whether the payload only stands for bytes of which the length is known. */
  readonly isFiller: boolean;
  readonly fields?: RowFields | undefined;
}

/** The message of a row of a packet table. Its payload may be no text of the row. */
export class PacketRowMessage extends RowMessage {
  readonly #packet: PacketParts;

  constructor(packet: PacketParts, ...row: RowMessageParts) {
    super(...row, packet.payload);
    this.#packet = packet;
  }

  override get payloadBuffer(): Uint8Array {
    return this.#packet.payload;
  }

  override get isPacket(): boolean {
    return true;
  }

  override get flags(): number | undefined {
    return this.#packet.flags;
  }

  override get isFiller(): boolean {
    return this.#packet.isFiller;
  }

  override get fields(): RowFields | undefined {
    return this.#packet.fields;
  }
}

/** The message of a row that says something of its frames. A class of its own, because most tables have no such rows. */
export class FramedRowMessage extends RowMessage {
  readonly #fields: RowFields;

  constructor(fields: RowFields, ...row: RowMessageParts) {
    super(...row);
    this.#fields = fields;
  }

  override get fields(): RowFields {
    return this.#fields;
  }
}

type RowMessageParts = [
  row: Row,
  columns: MessageColumns,
  line: number,
  protocol: string,
  source: EndPoint,
  destination: EndPoint,
  time: number,
  transport: Transport | undefined,
];

/** The message of a row about a packet that carries none, such as one of ICMP. A class of its own, because it is rare. */
export class LoneRowMessage<Listed> extends RowMessage {
  readonly listed: Listed;
  readonly #fields: RowFields | undefined;

  constructor(listed: Listed, fields: RowFields | undefined, ...row: RowMessageParts) {
    super(...row);
    this.listed = listed;
    this.#fields = fields;
  }

  override get fields(): RowFields | undefined {
    return this.#fields;
  }
}
