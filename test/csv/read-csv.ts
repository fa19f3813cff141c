import type { ReadOptions } from "../../lib/csv/csv-reader.ts";
import { InputError } from "../../lib/csv/input-errors.ts";
import type { EndPoint, Message } from "../../lib/csv/message.ts";
import { openMessages, type TableMessages } from "../../lib/traffic/message-source.ts";

export const HEADER = "msg_id,app_protocol,src_app,dst_app,message,timestamp";

/** Single bytes, pieces that cut everything somewhere, and more than any of these texts. */
export const CHUNK_SIZES = [1, 7, 65_536];

export async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.slice(start, start + size);
}

/** The messages alone, batch by batch. */
export async function* readMessages(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadOptions,
): AsyncGenerator<Message[]> {
  yield* (await openMessages(chunks, options)).batches();
}

export function toBytes(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? new TextEncoder().encode(text) : text;
}

export function toText(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** An end point without its number. */
export type ReadEndPoint = Omit<EndPoint, "index">;

const readEndPoints = new WeakMap<EndPoint, ReadEndPoint>();

/** One object for each, as the reader has it. */
function withoutIndex(endPoint: EndPoint): ReadEndPoint {
  const { index: _, ...rest } = endPoint;
  const known = readEndPoints.get(endPoint) ?? rest;
  readEndPoints.set(endPoint, known);
  return known;
}

/** What a message says, without where its bytes are kept. */
export interface ReadMessage {
  readonly line: number;
  readonly id: string;
  readonly protocol: string;
  readonly transport?: Message["transport"];
  readonly source: ReadEndPoint;
  readonly destination: ReadEndPoint;
  readonly payload: Uint8Array;
  readonly time: number;
  readonly isPacket?: boolean;
  readonly flags?: number;
}

function contentOf(message: Message): ReadMessage {
  const { line, id, protocol, transport, source, destination, payload, time, isPacket, flags } = message;
  return {
    ...{ line, id, protocol, payload: payload.slice(), time },
    ...{ source: withoutIndex(source), destination: withoutIndex(destination) },
    ...(transport !== undefined && { transport }),
    ...(isPacket && { isPacket }),
    ...(flags !== undefined && { flags }),
  };
}

/** All of a file. Rows of the same time stay where they are, unless the options say otherwise. */
export async function readWhole(
  text: string | Uint8Array,
  options: Partial<ReadOptions> = {},
  chunkSize = 65_536,
): Promise<{ source: TableMessages; messages: ReadMessage[] }> {
  const chunks = inChunks(toBytes(text), chunkSize);
  const source = await openMessages(chunks, { file: "bad.csv", ticksPerSecond: 1_000_000, gap: 0, ...options });
  const messages: ReadMessage[] = [];
  for await (const batch of source.batches()) messages.push(...batch.map(contentOf));
  return { source, messages };
}

export async function readAll(
  text: string | Uint8Array,
  chunkSize = 65_536,
  longestRow?: number,
  options: Partial<ReadOptions> = {},
): Promise<ReadMessage[]> {
  return (await readWhole(text, { longestRow, ...options }, chunkSize)).messages;
}

/** The error that reading gives, the same one at every chunk size. */
export async function errorOf(text: string | Uint8Array, options: Partial<ReadOptions> = {}): Promise<InputError> {
  const errors: InputError[] = [];
  for (const size of CHUNK_SIZES) {
    const error: unknown = await readAll(text, size, undefined, options).catch((reason: unknown) => reason);
    if (!(error instanceof InputError)) throw new Error(`no InputError at chunk size ${size}, but ${String(error)}`);
    errors.push(error);
  }
  const [first, ...others] = errors;
  if (first === undefined || others.some((other) => other.message !== first.message)) {
    throw new Error(`different errors: ${errors.map((error) => error.message).join(" | ")}`);
  }
  return first;
}

/** One cell as CSV: in quotes where it must be, or always. */
export function toCell(text: string, always = false): string {
  return always || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
