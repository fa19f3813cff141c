import type { LonePacket } from "../traffic/packet-list/listed-packet.ts";
import type { Columns } from "./columns.ts";
import type { EndPoint, Message } from "./message.ts";
import type { Transport } from "./protocol-names.ts";
import type { Row } from "./row.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The message of a row. Its texts stay in the bytes of the row until somebody asks for them: nobody does for most of them,
 * and to make a view or a string takes longer than to make a packet.
 */
export class RowMessage implements Message {
  readonly line: number;
  readonly protocol: string;
  readonly transport: Transport | undefined;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  /** As for every message; moved by whoever spreads rows of one time. */
  time: number;
  readonly payloadBuffer: Uint8Array;
  readonly payloadStart: number;
  readonly payloadEnd: number;
  readonly isPacket: boolean;
  readonly flags: number | undefined;
  readonly isFiller: boolean;
  readonly #text: Uint8Array;
  readonly #idStart: number;
  readonly #idEnd: number;
  readonly #timeStart: number;
  readonly #timeEnd: number;

  /** @param packet where the row is one of a packet table: its payload, which may be no text of the row, and its flags */
  constructor(
    row: Row,
    columns: Columns,
    line: number,
    protocol: string,
    source: EndPoint,
    destination: EndPoint,
    time: number,
    transport: Transport | undefined,
    packet?: { readonly payload: Uint8Array; readonly flags: number | undefined; readonly isFiller: boolean },
  ) {
    this.line = line;
    this.protocol = protocol;
    this.transport = transport;
    this.source = source;
    this.destination = destination;
    this.time = time;
    this.#text = row.source;
    this.#idStart = columns.id === undefined ? 0 : row.startOf(columns.id);
    this.#idEnd = columns.id === undefined ? 0 : row.endOf(columns.id);
    this.#timeStart = row.startOf(columns.time);
    this.#timeEnd = row.endOf(columns.time);
    this.isPacket = packet !== undefined;
    this.flags = packet?.flags;
    this.isFiller = packet?.isFiller ?? false;
    this.payloadBuffer = packet === undefined ? row.source : packet.payload;
    this.payloadStart = packet === undefined ? (columns.message === undefined ? 0 : row.startOf(columns.message)) : 0;
    this.payloadEnd =
      packet === undefined ? (columns.message === undefined ? 0 : row.endOf(columns.message)) : packet.payload.length;
  }

  get payload(): Uint8Array {
    return this.payloadBuffer.subarray(this.payloadStart, this.payloadEnd);
  }

  get id(): string {
    return decoder.decode(this.#text.subarray(this.#idStart, this.#idEnd));
  }

  /** The time as it is written. */
  get timeText(): string {
    return decoder.decode(this.#text.subarray(this.#timeStart, this.#timeEnd));
  }
}

/** The message of a row about a packet that carries none, such as one of ICMP. A class of its own, because it is rare. */
export class LoneRowMessage extends RowMessage {
  readonly listed: LonePacket;

  constructor(listed: LonePacket, ...row: ConstructorParameters<typeof RowMessage>) {
    super(...row);
    this.listed = listed;
  }
}
