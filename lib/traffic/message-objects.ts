/** Messages that a program has as objects, in place of a table. */
import type { Origin, TicksPerSecond } from "../core/time.ts";
import { EndPoints, findEndsFault, isMistaken } from "../csv/end-points.ts";
import { InputError, type InputErrorCode, quoteFound } from "../csv/input-errors.ts";
import type { EndPoint } from "../csv/message.ts";
import { gapOf } from "../csv/time-order.ts";
import type { MessageSource } from "./message-source.ts";
import type { TrafficMessage } from "./packet-list/listed-packet.ts";

/** A message as a program writes it down. */
export interface MessageObject {
  /** Who sends it: a name, an IP address, or either with a port behind it, as in `web:8080` or `[2001:db8::1]:80`. */
  readonly from: string;
  /** Who gets it, written likewise. */
  readonly to: string;
  /** As text, which is sent in UTF-8, or bytes. Default: none, which opens a connection and sends nothing. */
  readonly message?: string | Uint8Array | undefined;
  /** The application protocol, such as `HTTP` or `DNS`, by which it has its port and its transport. Default: TCP. */
  readonly protocol?: string | undefined;
  /** Seconds since the start of the capture, or an instant. Default: a gap after the message before it in the list. */
  readonly time?: number | Date | undefined;
}

export interface MessageObjectOptions {
  readonly ticksPerSecond: TicksPerSecond;
  /** The instant of second 0; where times are instants, that to which the first is moved. */
  readonly start?: Origin | undefined;
  /** Ticks between a message without a time and the one before it, 0 or more. Default: a millisecond. */
  readonly gap?: number | undefined;
}

/** What errors call a list of messages. */
const NAME = "messages";

const PROPERTIES: ReadonlySet<string> = new Set(["from", "to", "message", "protocol", "time"]);

const encoder = new TextEncoder();

/**
 * The messages in the order of their times; those of one time in the order of the list.
 *
 * @throws InputError for a message that cannot be; WirewrightError BAD_OPTION for a gap that is none
 */
export function messagesOf(objects: Iterable<MessageObject>, options: MessageObjectOptions): MessageSource {
  const reader = new ObjectReader(options.ticksPerSecond, gapOf(options));
  const messages = Array.from(objects, (object, index) => reader.read(object, index + 1));
  messages.sort((one, other) => one.time - other.time);
  return {
    name: NAME,
    ticksPerSecond: options.ticksPerSecond,
    origin: options.start === undefined ? reader.origin : undefined,
    dialect: undefined,
    link: undefined,
    hasFields: false,
    warnings: [],
    remarks: [],
    async *batches() {
      yield messages;
    },
  };
}

class ObjectReader {
  /** The instant of tick 0, where times are instants. */
  origin: Origin | undefined;
  readonly #ticksPerSecond: number;
  readonly #gap: number;
  readonly #endPoints = new EndPoints();
  #hasSeconds = false;
  #next = 0;

  constructor(ticksPerSecond: number, gap: number) {
    this.#ticksPerSecond = ticksPerSecond;
    this.#gap = gap;
  }

  read(object: MessageObject, line: number): TrafficMessage {
    if (typeof object !== "object" || object === null) {
      throw wrong("NO_NAME", line, "this is no object", 'write { from: "Alice", to: "Bob", message: "hello" }');
    }
    for (const name in object) if (!PROPERTIES.has(name)) throw unknown(name, line);
    const source = this.#endPoint(object.from, "from", line);
    const destination = this.#endPoint(object.to, "to", line);
    const fault = findEndsFault(source, destination);
    if (fault !== undefined) throw wrong(fault.code, line, fault.problem, fault.advice);
    const payload = payloadOf(object.message, line);
    const time = this.#time(object.time, line);
    this.#next = time + this.#gap;
    return {
      line,
      id: "",
      protocol: protocolOf(object.protocol, line),
      transport: undefined,
      source,
      destination,
      payload,
      payloadBuffer: payload,
      payloadStart: 0,
      payloadEnd: payload.length,
      time,
      isPacket: false,
      flags: undefined,
    };
  }

  #endPoint(text: unknown, property: "from" | "to", line: number): EndPoint {
    const found = typeof text === "string" ? this.#endPoints.findWhole(text, "") : undefined;
    if (found !== undefined && !("part" in found) && !isMistaken(found)) return found;
    if (found !== undefined && !("part" in found)) throw mistaken(found.name, property, line);
    const problem = typeof text === "string" ? `${property} is ${quoteFound(text)}` : `${property} is no text`;
    throw wrong("NO_NAME", line, problem, "write a name or an address, with or without a port, such as web:8080");
  }

  #time(time: unknown, line: number): number {
    if (time === undefined) return this.#next;
    const isInstant = time instanceof Date;
    if (Number.isNaN(Number(time))) throw noTime(line);
    if (isInstant ? this.#hasSeconds : this.origin !== undefined) {
      throw wrong("BAD_TIME", line, "some times are seconds and some are dates", "write all of them alike");
    }
    const ticks = Math.round((isInstant ? this.#secondsUntil(time) : Number(time)) * this.#ticksPerSecond);
    if (!Number.isSafeInteger(ticks)) throw noTime(line);
    this.#hasSeconds ||= !isInstant;
    return ticks;
  }

  /** Counted from the whole second that the first of them is in. */
  #secondsUntil(instant: Date): number {
    const milliseconds = instant.getTime();
    this.origin ??= { seconds: Math.floor(milliseconds / 1000), ticks: 0 };
    return (milliseconds - this.origin.seconds * 1000) / 1000;
  }
}

function unknown(name: string, line: number): InputError {
  const problem = `a message has no property ${quoteFound(name)}`;
  return wrong("NO_NAME", line, problem, `write those it has: ${[...PROPERTIES].join(", ")}`);
}

function mistaken(name: string, property: string, line: number): InputError {
  const problem = `${property} is ${quoteFound(name)}, which is no address with a port or without one`;
  const code = /^[^:[]+:\d+$/.test(name) ? "BAD_PORT" : "BAD_ADDRESS";
  return wrong(code, line, problem, "write one such as 10.0.0.1:80 or [2001:db8::1]:80, with a port from 1 to 65535");
}

function payloadOf(message: unknown, line: number): Uint8Array {
  if (message instanceof Uint8Array) return message;
  if (typeof message === "string") return encoder.encode(message);
  if (message === undefined) return encoder.encode("");
  throw wrong("NOT_UTF8", line, "the message is neither a text nor bytes", "give a string or a Uint8Array");
}

function protocolOf(protocol: unknown, line: number): string {
  if (protocol === undefined) return "";
  if (typeof protocol === "string") return protocol.trim();
  throw wrong("NO_NAME", line, "the protocol is no text", 'write its name, such as "HTTP", or leave it out');
}

function noTime(line: number): InputError {
  return wrong("BAD_TIME", line, "the time is none", "write seconds from the start, such as 0.015, or a Date");
}

function wrong(code: InputErrorCode, line: number, problem: string, advice: string): InputError {
  return new InputError(code, { file: NAME, line }, problem, advice);
}
