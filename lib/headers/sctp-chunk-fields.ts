/** Chunks of SCTP as people write them (RFC 9260, sections 3.2 and 3.3). */
import type { Measured, SctpParameter } from "./sctp-parameters.ts";

/** The types that have a name here. Others pass through, as `unknown`. */
export const SctpChunkType = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  SACK: 3,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

/** Bits of the flags of a DATA chunk: the last and the first part of a message, out of order, to be acknowledged at once. */
export const SctpDataFlag = { ENDING: 1, BEGINNING: 2, UNORDERED: 4, IMMEDIATE: 8 } as const;

/** What every chunk has (RFC 9260, section 3.2). */
export interface Chunk extends Measured {
  /** 0 to 255. Default: 0; of DATA, that it is a whole message. */
  readonly flags?: number;
}

/** What opens an association, from either side; all numbers fit 32 bits, those of streams 16. */
export interface OpeningChunk extends Chunk {
  /** INIT or INIT ACK (RFC 9260, sections 3.3.2 and 3.3.3). */
  readonly kind: "init" | "initAck";
  /** What the other side has to put into its headers, 0 to 2^32 - 1. */
  readonly initiateTag: number;
  /** Bytes that the sender has room for, 0 to 2^32 - 1. */
  readonly advertisedReceiverWindowCredit: number;
  /** Streams that the sender wants to send, 0 to 65535. */
  readonly outboundStreams: number;
  /** Streams that the sender takes, 0 to 65535. */
  readonly inboundStreams: number;
  /** The number of its first DATA chunk, 0 to 2^32 - 1. */
  readonly initialTransmissionSequenceNumber: number;
  /** What else it says, such as addresses and the cookie. Default: none. */
  readonly parameters?: readonly SctpParameter[];
}

/** DATA (RFC 9260, section 3.3.1). */
export interface DataChunk extends Chunk {
  readonly kind: "data";
  /** 0 to 2^32 - 1. */
  readonly transmissionSequenceNumber: number;
  /** 0 to 65535. */
  readonly streamIdentifier: number;
  /** 0 to 65535. */
  readonly streamSequenceNumber: number;
  /** 0 to 2^32 - 1. */
  readonly payloadProtocolIdentifier: number;
  /** A message, or part of one. */
  readonly data: Uint8Array;
}

/** SACK (RFC 9260, section 3.3.4). */
export interface SackChunk extends Chunk {
  readonly kind: "sack";
  /** The last number up to which nothing is missing, 0 to 2^32 - 1. */
  readonly cumulativeTransmissionSequenceNumber: number;
  /** Bytes that the sender has room for, 0 to 2^32 - 1. */
  readonly advertisedReceiverWindowCredit: number;
  /** Counted from the cumulative number, 0 to 65535 each. */
  readonly gapBlocks?: readonly {
    /** The first that is there, 0 to 65535. */
    readonly start: number;
    /** The last that is there, 0 to 65535. */
    readonly end: number;
  }[];
  /** Numbers that came more than once, 0 to 2^32 - 1 each. Default: none. */
  readonly duplicates?: readonly number[];
}

/** HEARTBEAT or its answer (RFC 9260, sections 3.3.5 and 3.3.6). */
export interface HeartbeatChunk extends Chunk {
  /** Which of the two it is. */
  readonly kind: "heartbeat" | "heartbeatAck";
  /** Usually one: what the sender wants to have back. */
  readonly parameters: readonly SctpParameter[];
}

/** ABORT or ERROR (RFC 9260, sections 3.3.7 and 3.3.10). */
export interface CausesChunk extends Chunk {
  /** Whether the association is broken off. */
  readonly kind: "abort" | "error";
  /** Why, possibly nothing. */
  readonly causes: readonly SctpParameter[];
}

/** SHUTDOWN (RFC 9260, section 3.3.8). */
export interface ShutdownChunk extends Chunk {
  readonly kind: "shutdown";
  /** The last number up to which nothing is missing, 0 to 2^32 - 1. */
  readonly cumulativeTransmissionSequenceNumber: number;
}

/** COOKIE ECHO (RFC 9260, section 3.3.11). */
export interface CookieChunk extends Chunk {
  readonly kind: "cookieEcho";
  /** The cookie as INIT ACK had it. */
  readonly cookie: Uint8Array;
}

/** The chunks that are nothing but their type: SHUTDOWN ACK, COOKIE ACK, SHUTDOWN COMPLETE (RFC 9260, section 3.3). */
export interface EmptyChunk extends Chunk {
  /** Which of them it is. */
  readonly kind: "shutdownAck" | "cookieAck" | "shutdownComplete";
}

/** A chunk of any type. */
export type SctpChunk =
  | DataChunk
  | OpeningChunk
  | SackChunk
  | HeartbeatChunk
  | CausesChunk
  | ShutdownChunk
  | CookieChunk
  | EmptyChunk
  /** Another type, or one of those above that cannot be read as what it is. */
  | (Chunk & {
      readonly kind: "unknown";
      /** 0 to 255. */
      readonly type: number;
      /** What stands behind type, flags and length. */
      readonly value: Uint8Array;
    });
