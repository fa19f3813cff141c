/** A row of a packet list, taken apart but not yet understood from the rows around it. */
import type { MacAddress } from "../../headers/address.ts";
import type { TcpInfoOptions } from "./transport-info.ts";

/** What a row says itself of a TCP segment. What it leaves out, the rows around it may tell. */
export interface RowSegment {
  readonly flags: number | undefined;
  readonly sequence: number | undefined;
  readonly acknowledgment: number | undefined;
  /** Whether the numbers are those of the header, and do not count from the initial ones. */
  readonly areNumbersRaw: boolean;
  /** Bytes; multiplied by the scale, where that is known. */
  readonly window: number | undefined;
  /** The field of the header. */
  readonly windowField: number | undefined;
  /** Bytes of data. */
  readonly length: number | undefined;
  readonly options: TcpInfoOptions | undefined;
  /** How far raw numbers are ahead of those in the info column. */
  readonly numbersAhead: number;
}

export interface RowContent {
  readonly line: number;
  /** The input's own number of the packet, as written. */
  readonly id: string;
  readonly timeText: string;
  /** An address, or what Wireshark has put in its place. */
  readonly source: string;
  readonly destination: string;
  /** 0 to 65535. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly protocol: string;
  /** Without the remarks of the analysis, which stand in `notes`. */
  readonly info: string;
  readonly notes: string;
  /** Whether a message began here that ends in a later row. */
  readonly isPartOfMessage: boolean;
  /** Bytes of the frame. */
  readonly frameLength: number | undefined;
  readonly segment: RowSegment | undefined;
  /** Of a UDP datagram: what it carries, in bytes, where the row tells. */
  readonly datagram: { readonly length: number | undefined } | undefined;
  readonly sourceMac: MacAddress | undefined;
  readonly destinationMac: MacAddress | undefined;
  readonly timeToLive: number | undefined;
}

export class ListRow {
  readonly content: RowContent;
  /** Ticks. */
  time: number;
  /** The next row between the same two addresses, if it is known already. */
  next: ListRow | undefined = undefined;

  /** Its two addresses, the same for both directions. */
  readonly pair: string;

  constructor(content: RowContent, time: number) {
    const { source, destination } = content;
    this.content = content;
    this.time = time;
    this.pair = source < destination ? `${source} ${destination}` : `${destination} ${source}`;
  }

  get line(): number {
    return this.content.line;
  }

  get timeText(): string {
    return this.content.timeText;
  }

  /** What the row takes in memory, as the sorting of rows asks for it. */
  get payloadStart(): number {
    return 0;
  }

  get payloadEnd(): number {
    return this.content.info.length;
  }
}
