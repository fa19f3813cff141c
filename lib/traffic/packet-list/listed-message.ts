import type { EndPoint, Message } from "../../csv/message.ts";
import type { ListRow } from "../../csv/packet-list/list-row.ts";
import type { Transport } from "../../csv/protocol-names.ts";
import type { ListedPacket } from "./listed-packet.ts";

const NO_BYTES = new Uint8Array(0);

interface Parts {
  readonly source: EndPoint;
  readonly destination: EndPoint;
  readonly listed: ListedPacket;
  readonly flags?: number;
  readonly payload?: Uint8Array;
  readonly isFiller?: boolean;
  readonly protocol?: string;
}

/** The message of a row of a packet list: one packet, with all that the list tells of it. */
export class ListedMessage implements Message {
  readonly line: number;
  readonly id: string;
  readonly protocol: string;
  readonly source: EndPoint;
  readonly destination: EndPoint;
  readonly time: number;
  readonly payload: Uint8Array;
  readonly isPacket = true;
  readonly flags: number | undefined;
  readonly isFiller: boolean;
  readonly listed: ListedPacket;

  constructor({ content, time }: ListRow, parts: Parts) {
    this.line = content.line;
    this.id = content.id;
    this.time = time;
    this.protocol = parts.protocol ?? content.protocol;
    this.source = parts.source;
    this.destination = parts.destination;
    this.payload = parts.payload ?? NO_BYTES;
    this.flags = parts.flags;
    this.isFiller = parts.isFiller ?? false;
    this.listed = parts.listed;
  }

  get transport(): Transport | undefined {
    const { kind } = this.listed;
    if (kind === "segment") return "tcp";
    return kind === "datagram" ? "udp" : undefined;
  }

  get payloadBuffer(): Uint8Array {
    return this.payload;
  }

  get payloadStart(): number {
    return 0;
  }

  get payloadEnd(): number {
    return this.payload.length;
  }
}
