/** What the chat server's sockets do, told to a recorder: the chat knows of no packets, and the recorder of no chat. */
import fs from "node:fs";
import { decodeLine } from "../../lib/chat/clean-text.ts";
import type { ChatServer } from "../../lib/chat/server.ts";
import type { ConnectionEnds } from "../../lib/chat/server-events.ts";
import { WirewrightError } from "../../lib/core/errors.ts";
import { shorten, withThousands } from "../../lib/core/text.ts";
import { type RecordedConnection, Recorder } from "../../lib/live/record/recorder.ts";
import { OutputError } from "../../lib/pcap/output-file.ts";
import { visibleBytes } from "../../lib/report/byte-text.ts";
import { UsageError } from "../shared/cli.ts";

const LF = 0x0a;
const CR = 0x0d;
/** Characters of a name and of all lines that a comment shows; of lines that have no room there it gives the number. */
const LONGEST_NAME = 40;
const LONGEST_QUOTATION = 160;

/**
 * Bytes of a connection that may make no line, one after the other; twice the longest line where that is more. What comes
 * behind them is not recorded: neither from who sends only what asks for nothing, nor after a connection was closed.
 */
const MOST_IDLE = 64 << 10;

/** A client as far as it is known. Comments are made a moment later, when it may have a name. */
interface RecordedClient {
  readonly connection: RecordedConnection;
  name: string | undefined;
}

interface RecordingOptions {
  /** Bytes of the file, behind which the recording ends; 0 for any number. */
  readonly limit: number;
  /** Told why a recording has ended before its time. */
  say(sentence: string): void;
}

export class ChatRecording {
  readonly #recorder: Recorder;
  /** Those whose socket is open. */
  readonly #clients = new Map<number, RecordedClient>();
  readonly #flush: () => void;
  readonly #mostIdle: number;

  private constructor(recorder: Recorder, server: ChatServer) {
    this.#recorder = recorder;
    const { maxLine } = server.limits;
    this.#mostIdle = maxLine === 0 ? Number.POSITIVE_INFINITY : Math.max(MOST_IDLE, 2 * maxLine);
    this.#flush = () => recorder.flush();
    server.on("connection", (ends) => this.#add(ends));
    server.on("refused", ({ ends }) => ends && this.#add(ends));
    server.on("named", ({ id, name }) => this.#name(id, name));
    server.on("received", ({ id, bytes, idle }) => this.#receive(id, bytes, idle));
    server.on("sent", ({ id, bytes }) => this.#record(id, "server", bytes));
    server.on("ended", ({ id, side, how }) => {
      const connection = this.#clients.get(id)?.connection;
      if (how === "reset") connection?.reset(side);
      else connection?.ended(side);
    });
    server.on("closed", ({ id }) => this.#clients.delete(id));
  }

  /**
   * Prepares the recording of a server that has not started yet.
   *
   * @throws UsageError when the log goes to the same file; OutputError when it cannot be opened
   */
  static async open(file: string, server: ChatServer, { limit, say }: RecordingOptions): Promise<ChatRecording> {
    if (isLog(file)) throw new UsageError(`${file} is where the log goes; record to another file.`);
    const hasEnded = (why: string) => say(`The recording has ended and the chat goes on: ${why}`);
    const onFailure = ({ message }: Error) => hasEnded(message);
    const onLimit = () =>
      hasEnded(`${file} has no more room under its --record-limit of ${withThousands(limit)} bytes.`);
    const options = { onFailure, onLimit, limit: limit === 0 ? undefined : limit };
    return new ChatRecording(await Recorder.open(file, options), server);
  }

  /** Empties an older file. From now on the recording is there, whatever becomes of this process. */
  begin(): void {
    this.#recorder.flush();
    // Also after a fault of the program, or a second Ctrl-C.
    process.on("exit", this.#flush);
  }

  /** @returns whether all of it is in the file, as far as it was to be */
  async close(): Promise<boolean> {
    process.off("exit", this.#flush);
    try {
      await this.#recorder.close();
      return true;
    } catch (error) {
      // It has been told already.
      if (error instanceof OutputError) return false;
      throw error;
    }
  }

  /** Leaves an older file as it was. */
  abandon(): Promise<void> {
    return this.#recorder.abandon();
  }

  #add({ id, localAddress, localPort, remoteAddress, remotePort }: ConnectionEnds): void {
    try {
      const connection = this.#recorder.connected({
        client: { address: remoteAddress, port: remotePort },
        server: { address: localAddress, port: localPort, name: "the server" },
      });
      this.#clients.set(id, { connection, name: undefined });
    } catch (error) {
      // It was gone before anybody could ask for its addresses, and there is nothing to be recorded of it.
      if (!(error instanceof WirewrightError)) throw error;
    }
  }

  #name(id: number, name: string): void {
    const client = this.#clients.get(id);
    if (client === undefined) return;
    client.name = name;
    client.connection.rename("client", name);
  }

  /** @param idle bytes before these that made no line */
  #receive(id: number, bytes: Uint8Array, idle: number): void {
    if (idle <= this.#mostIdle) return this.#record(id, "client", bytes);
    const client = this.#clients.get(id);
    client?.connection.sent("client", bytes, () => {
      const [count, before] = [withThousands(bytes.length), withThousands(idle)];
      const end = `the last that are recorded of this connection, since ${before} before them made no line`;
      return `${count} bytes from ${nameOf(client)}, ${end}`;
    });
    this.#clients.delete(id);
  }

  #record(id: number, side: "client" | "server", bytes: Uint8Array): void {
    const client = this.#clients.get(id);
    client?.connection.sent(side, bytes, () => {
      return `${quoteLines(bytes)} ${side === "client" ? "from" : "for"} ${nameOf(client)}`;
    });
  }
}

function nameOf({ name }: RecordedClient): string {
  return name === undefined ? "a client without a name" : shorten(name, LONGEST_NAME);
}

/** Whether standard output goes into this very file. */
function isLog(file: string): boolean {
  const log = fs.fstatSync(1);
  if (!log.isFile()) return false;
  try {
    const { dev, ino } = fs.statSync(file);
    return dev === log.dev && ino === log.ino;
  } catch {
    // It is not there, or cannot be: who opens it says so.
    return false;
  }
}

/** The lines in some bytes of the chat, as many of them as a comment has room for. */
export function quoteLines(bytes: Uint8Array): string {
  const quoted: string[] = [];
  let length = 0;
  let at = 0;
  while (at < bytes.length && length < LONGEST_QUOTATION) {
    const lineFeed = bytes.indexOf(LF, at);
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    const line = quote(bytes.subarray(at, end));
    if (quoted.length > 0 && length + line.length > LONGEST_QUOTATION) break;
    quoted.push(lineFeed < 0 ? `${line} (the line goes on)` : line);
    length += line.length;
    at = end + 1;
  }
  const more = countLines(bytes.subarray(at));
  return quoted.join(", ") + (more === 0 ? "" : ` and ${more} more ${more === 1 ? "line" : "lines"}`);
}

function quote(line: Uint8Array): string {
  const start = beginningOf(line.at(-1) === CR ? line.subarray(0, -1) : line, 4 * LONGEST_QUOTATION);
  const text = decodeLine(start) ?? visibleBytes(start.subarray(0, LONGEST_QUOTATION));
  // Nobody may end a quotation from within, and go on as somebody else.
  return `"${shorten(text, LONGEST_QUOTATION).replaceAll('"', '\\"')}"`;
}

/** At most so many bytes, without a part of a character at the end. */
function beginningOf(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length <= length) return bytes;
  let end = length;
  while (end > length - 4 && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** One that does not end yet is one too. */
function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    const lineFeed = bytes.indexOf(LF, at);
    at = lineFeed < 0 ? bytes.length : lineFeed + 1;
  }
  return count;
}
