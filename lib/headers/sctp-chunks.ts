/** Chunks of SCTP, their parameters and causes of errors (RFC 9260, sections 3.2 and 3.3): how they are written and read. */
import { badField, PacketError } from "../core/errors.ts";
import { lengthOfBytes, lengthOfList } from "./checked-lengths.ts";
import { OptionData } from "./option-kinds.ts";
import {
  type CausesChunk,
  type Chunk,
  type CookieChunk,
  type DataChunk,
  type EmptyChunk,
  type HeartbeatChunk,
  type OpeningChunk,
  type SackChunk,
  type SctpChunk,
  SctpChunkType,
  SctpDataFlag,
  type ShutdownChunk,
} from "./sctp-chunk-fields.ts";
import {
  LAYER,
  pad,
  paddingFound,
  paddingOf,
  parametersLength,
  readParameters,
  START,
  wholeLength,
  writeParameters,
} from "./sctp-parameters.ts";

export type { SctpParameter } from "./sctp-parameters.ts";

/** Bytes of the header before the chunks. */
export const COMMON_LENGTH = 12;

type Named = Exclude<SctpChunk["kind"], "unknown">;

interface ChunkKind<Kind extends SctpChunk> {
  readonly type: number;
  readonly valueLength: (chunk: Kind) => number;
  readonly write: (chunk: Kind, data: OptionData, at: number) => void;
  /** Undefined for a value that this kind cannot have. */
  readonly read: (data: OptionData, start: number, end: number) => Omit<Kind, keyof Chunk | "kind"> | undefined;
}

type AnyKind = ChunkKind<SctpChunk>;

/** For the table of kinds, which takes each for chunks of its own only. */
function chunkKind<Kind extends SctpChunk>(kind: ChunkKind<Kind>): AnyKind {
  return kind as unknown as AnyKind;
}

const DATA_START = 12;

const DATA = chunkKind<DataChunk>({
  type: SctpChunkType.DATA,
  valueLength: ({ data }) => DATA_START + lengthOfBytes(LAYER, data, "data of data"),
  write: (chunk, data, at) => {
    data.setNumber(at, 4, chunk.transmissionSequenceNumber, "transmissionSequenceNumber");
    data.setNumber(at + 4, 2, chunk.streamIdentifier, "streamIdentifier");
    data.setNumber(at + 6, 2, chunk.streamSequenceNumber, "streamSequenceNumber");
    data.setNumber(at + 8, 4, chunk.payloadProtocolIdentifier, "payloadProtocolIdentifier");
    data.bytes.set(chunk.data, at + DATA_START);
  },
  read: (data, start, end) => {
    if (end - start < DATA_START) return undefined;
    return {
      transmissionSequenceNumber: data.number(start, 4),
      streamIdentifier: data.number(start + 4, 2),
      streamSequenceNumber: data.number(start + 6, 2),
      payloadProtocolIdentifier: data.number(start + 8, 4),
      data: data.bytes.subarray(start + DATA_START, end),
    };
  },
});

const OPENING_START = 16;

function opening(type: number): AnyKind {
  return chunkKind<OpeningChunk>({
    type,
    valueLength: ({ parameters = [] }) => OPENING_START + parametersLength(parameters, "parameters"),
    write: (chunk, data, at) => {
      data.setNumber(at, 4, chunk.initiateTag, "initiateTag");
      data.setNumber(at + 4, 4, chunk.advertisedReceiverWindowCredit, "advertisedReceiverWindowCredit");
      data.setNumber(at + 8, 2, chunk.outboundStreams, "outboundStreams");
      data.setNumber(at + 10, 2, chunk.inboundStreams, "inboundStreams");
      data.setNumber(at + 12, 4, chunk.initialTransmissionSequenceNumber, "initialTransmissionSequenceNumber");
      writeParameters(chunk.parameters ?? [], data, at + OPENING_START);
    },
    read: (data, start, end) => {
      const parameters = end - start < OPENING_START ? undefined : readParameters(data, start + OPENING_START, end);
      if (parameters === undefined) return undefined;
      return {
        initiateTag: data.number(start, 4),
        advertisedReceiverWindowCredit: data.number(start + 4, 4),
        outboundStreams: data.number(start + 8, 2),
        inboundStreams: data.number(start + 10, 2),
        initialTransmissionSequenceNumber: data.number(start + 12, 4),
        parameters,
      };
    },
  });
}

const SACK_START = 12;

const SACK = chunkKind<SackChunk>({
  type: SctpChunkType.SACK,
  valueLength: ({ gapBlocks = [], duplicates = [] }) => SACK_START + 4 * (gapBlocks.length + duplicates.length),
  write: (chunk, data, start) => {
    const { gapBlocks = [], duplicates = [] } = chunk;
    data.setNumber(start, 4, chunk.cumulativeTransmissionSequenceNumber, "cumulativeTransmissionSequenceNumber");
    data.setNumber(start + 4, 4, chunk.advertisedReceiverWindowCredit, "advertisedReceiverWindowCredit");
    data.setNumber(start + 8, 2, gapBlocks.length, "number of gapBlocks");
    data.setNumber(start + 10, 2, duplicates.length, "number of duplicates");
    let at = start + SACK_START;
    for (const block of gapBlocks) {
      data.setNumber(at, 2, block.start, "start of a gap block");
      data.setNumber(at + 2, 2, block.end, "end of a gap block");
      at += 4;
    }
    for (const duplicate of duplicates) {
      data.setNumber(at, 4, duplicate, "a duplicate");
      at += 4;
    }
  },
  read: (data, start, end) => {
    if (end - start < SACK_START) return undefined;
    const [gaps, duplicates] = [data.number(start + 8, 2), data.number(start + 10, 2)];
    if (end - start !== SACK_START + 4 * (gaps + duplicates)) return undefined;
    const placesOf = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + 4 * index);
    const gapsAt = start + SACK_START;
    return {
      cumulativeTransmissionSequenceNumber: data.number(start, 4),
      advertisedReceiverWindowCredit: data.number(start + 4, 4),
      gapBlocks: placesOf(gapsAt, gaps).map((at) => ({ start: data.number(at, 2), end: data.number(at + 2, 2) })),
      duplicates: placesOf(gapsAt + 4 * gaps, duplicates).map((at) => data.number(at, 4)),
    };
  },
});

function withParameters(type: number): AnyKind {
  return chunkKind<HeartbeatChunk>({
    type,
    valueLength: ({ parameters }) => parametersLength(parameters, "parameters"),
    write: ({ parameters }, data, at) => writeParameters(parameters, data, at),
    read: (data, start, end) => {
      const parameters = readParameters(data, start, end);
      return parameters && { parameters };
    },
  });
}

function withCauses(type: number): AnyKind {
  return chunkKind<CausesChunk>({
    type,
    valueLength: ({ causes }) => parametersLength(causes, "causes"),
    write: ({ causes }, data, at) => writeParameters(causes, data, at),
    read: (data, start, end) => {
      const causes = readParameters(data, start, end);
      return causes && { causes };
    },
  });
}

function alone(type: number): AnyKind {
  return chunkKind<EmptyChunk>({
    type,
    valueLength: () => 0,
    write: () => undefined,
    read: (_data, start, end) => (start === end ? {} : undefined),
  });
}

const SHUTDOWN = chunkKind<ShutdownChunk>({
  type: SctpChunkType.SHUTDOWN,
  valueLength: () => 4,
  write: (chunk, data, at) =>
    data.setNumber(at, 4, chunk.cumulativeTransmissionSequenceNumber, "cumulativeTransmissionSequenceNumber"),
  read: (data, start, end) =>
    end - start === 4 ? { cumulativeTransmissionSequenceNumber: data.number(start, 4) } : undefined,
});

const COOKIE_ECHO = chunkKind<CookieChunk>({
  type: SctpChunkType.COOKIE_ECHO,
  valueLength: ({ cookie }) => lengthOfBytes(LAYER, cookie, "cookie of cookieEcho"),
  write: ({ cookie }, { bytes }, at) => bytes.set(cookie, at),
  read: ({ bytes }, start, end) => ({ cookie: bytes.subarray(start, end) }),
});

const KINDS: Readonly<Record<Named, AnyKind>> = {
  data: DATA,
  init: opening(SctpChunkType.INIT),
  initAck: opening(SctpChunkType.INIT_ACK),
  sack: SACK,
  heartbeat: withParameters(SctpChunkType.HEARTBEAT),
  heartbeatAck: withParameters(SctpChunkType.HEARTBEAT_ACK),
  abort: withCauses(SctpChunkType.ABORT),
  error: withCauses(SctpChunkType.ERROR),
  shutdown: SHUTDOWN,
  cookieEcho: COOKIE_ECHO,
  shutdownAck: alone(SctpChunkType.SHUTDOWN_ACK),
  cookieAck: alone(SctpChunkType.COOKIE_ACK),
  shutdownComplete: alone(SctpChunkType.SHUTDOWN_COMPLETE),
};

const NAMES: ReadonlyMap<number, Named> = new Map(
  Object.entries(KINDS).map(([name, { type }]) => [type, name as Named]),
);

/** @throws PacketError BAD_FIELD for a kind that there is not */
function kindOf({ kind }: SctpChunk): AnyKind | undefined {
  if (kind === "unknown") return undefined;
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind];
  throw badField(LAYER, 0, `there is no chunk ${String(kind)}; there are ${Object.keys(KINDS).join(", ")}, unknown`);
}

function valueLengthOf(chunk: SctpChunk): number {
  if (chunk.kind === "unknown") return lengthOfBytes(LAYER, chunk.value, "value of an unknown chunk");
  return kindOf(chunk)!.valueLength(chunk);
}

/** Bytes that the chunks take, padding included. @throws PacketError BAD_FIELD for a kind that there is not */
export function chunksLength(chunks: readonly SctpChunk[]): number {
  let length = 0;
  lengthOfList(LAYER, chunks, "chunks");
  for (const chunk of chunks) length += wholeLength(START + valueLengthOf(chunk), chunk);
  return length;
}

/** @throws PacketError BAD_FIELD if a value does not fit its field */
export function encodeChunks(chunks: readonly SctpChunk[], bytes: Uint8Array, offset: number): void {
  const data = new OptionData(bytes, LAYER);
  let at = offset;
  for (const chunk of chunks) {
    const kind = kindOf(chunk);
    const length = START + valueLengthOf(chunk);
    const flags = chunk.kind === "data" ? SctpDataFlag.BEGINNING | SctpDataFlag.ENDING : 0;
    data.setNumber(at, 1, chunk.kind === "unknown" ? chunk.type : kind!.type, "type of an unknown chunk");
    data.setNumber(at + 1, 1, chunk.flags ?? flags, `flags of ${chunk.kind}`);
    data.setNumber(at + 2, 2, chunk.length ?? length, `length of ${chunk.kind}`);
    if (chunk.kind === "unknown") bytes.set(chunk.value, at + START);
    else kind!.write(chunk, data, at + START);
    const next = at + wholeLength(length, chunk);
    pad(bytes, at + length, next, chunk.padding);
    at = next;
  }
}

/**
 * Reads chunks up to `end`. What is bytes in them shares memory with `bytes`.
 *
 * @throws PacketError TRUNCATED if a chunk goes on behind `end`, BAD_FIELD if its length is less than 4
 */
export function decodeChunks(bytes: Uint8Array, offset: number, end: number): SctpChunk[] {
  const data = new OptionData(bytes, LAYER);
  const chunks: SctpChunk[] = [];
  for (let at = offset; at < end; ) {
    const length = end - at < START ? START : data.number(at + 2, 2);
    if (length < START) data.refuse(at + 2, `length of a chunk is ${length}, and must be at least ${START}`);
    if (at + length > end) {
      const limitedBy = "the end of the packet";
      throw new PacketError("TRUNCATED", { layer: LAYER, offset: at, needed: length, available: end - at, limitedBy });
    }
    const next = Math.min(end, at + wholeLength(length, {}));
    chunks.push({
      ...decodeChunk(data, at, at + length),
      ...paddingFound(bytes, at + length, next, paddingOf(length)),
    });
    at = next;
  }
  return chunks;
}

/** What keeps the chunks of a packet, which is there as a whole, from being read. @param start of the packet */
export function findChunkProblem(bytes: Uint8Array, start: number, end: number) {
  const data = new OptionData(bytes, LAYER);
  for (let at = start + COMMON_LENGTH; at < end; ) {
    const length = end - at < START ? 0 : data.number(at + 2, 2);
    if (length < START) return { problem: `a chunk of ${length} bytes cannot be`, at };
    if (at + length > end) return { problem: `a chunk has ${length} bytes, of which ${end - at} are there`, at };
    at += wholeLength(length, {});
  }
  return undefined;
}

function decodeChunk(data: OptionData, at: number, end: number): SctpChunk {
  const [type, flags] = [data.number(at, 1), data.number(at + 1, 1)];
  const name = NAMES.get(type);
  const read = name && KINDS[name].read(data, at + START, end);
  if (read !== undefined) return { kind: name, flags, ...read } as SctpChunk;
  return { kind: "unknown", flags, type, value: data.bytes.subarray(at + START, end) };
}
