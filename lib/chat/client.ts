/** The client's end of a chat: lines in and out, over a connection that is made again when it is lost. */
import { EventEmitter } from "node:events";
import { connect, type Socket } from "node:net";
import { WirewrightError } from "../core/errors.ts";
import { cleanText } from "./clean-text.ts";
import { type Line, LineReader } from "./line-reader.ts";

/** Milliseconds in which a server must answer to be called reachable. */
const CONNECT_TIMEOUT = 10_000;
/** Milliseconds of silence after which the system asks whether the server is still there. */
const KEEP_ALIVE = 30_000;
/** Milliseconds after which the start of a server's first line is shown as it is: a question, such as `Your name? `. */
const QUESTION_DELAY = 300;
/** Bytes of a line. Far more than a server of ours sends; so that no other server can fill the memory. */
const MAX_LINE = 1 << 20;
const TOO_LONG = "(A line that is too long to be shown was left out.)";

/** Milliseconds. */
const FIRST_DELAY = 500;
const LONGEST_DELAY = 10_000;

/** How long to wait before a lost connection is made again: each time twice as long, so that no server is hammered. */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #now: () => number;
  #attempts = 0;
  #connectedAt = 0;

  /**
   * @param first milliseconds before the first attempt
   * @param longest milliseconds, beyond which the delay does not grow
   * @param now a clock in milliseconds that never jumps
   */
  constructor(first = FIRST_DELAY, longest = LONGEST_DELAY, now: () => number = () => performance.now()) {
    this.#first = first;
    this.#longest = longest;
    this.#now = now;
  }

  /** Attempts since a connection last held. */
  get attempts(): number {
    return this.#attempts;
  }

  /** A connection stands. */
  connected(): void {
    this.#connectedAt = this.#now();
  }

  /**
   * A server that accepts and closes at once has not recovered: only a connection that held starts the count anew.
   *
   * @param wasConnected whether there was a connection, as opposed to an attempt at one
   * @returns milliseconds to wait before the next attempt
   */
  next(wasConnected: boolean): number {
    if (wasConnected && this.#now() - this.#connectedAt >= this.#longest) this.#attempts = 0;
    return Math.min(this.#longest, this.#first * 2 ** this.#attempts++);
  }
}

/** Where the server is, and how to behave towards it. */
export interface ChatClientOptions {
  /** An address or a name. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** Sent as the first line of each connection, once it is known. */
  readonly name?: string | undefined;
  /** Whether a connection that was lost is made again. One that was never made is not. */
  readonly reconnects: boolean;
  /** How long to wait before each attempt. Default: a new `BackOff`. */
  readonly backOff?: BackOff;
}

/** What happens, with what each listener is told. */
export interface ChatClientEvents {
  /** Lines can be sent; the name, where there is one, has been. `isAgain`: after the connection was lost. */
  connected: [
    {
      /** Whether the connection was lost before. */
      readonly isAgain: boolean;
    },
  ];
  /** Something that the server said, safe to print. */
  line: [text: string];
  /** The server has accepted the name. Servers of other kinds do not say so in words that are known here. */
  welcomed: [];
  /** The server has refused the name and waits for another; the line that says so came before. */
  refused: [];
  /** All that was sent has been handed to the system. */
  drain: [];
  /** The connection is lost, or could still not be made again; the next attempt comes after `delay` milliseconds. */
  reconnecting: [
    {
      /** Why there is no connection, in words. */
      readonly reason: string;
      /** Milliseconds until then. */
      readonly delay: number;
      /** Number of the next attempt, from 1. */
      readonly attempt: number;
    },
  ];
  /** The last event. With a failure where the connection did not end because this side wanted it to. */
  closed: [failure: WirewrightError | undefined];
}

/** A client of the chat, which tells in events what happens. */
export class ChatClient extends EventEmitter<ChatClientEvents> {
  readonly #options: ChatClientOptions;
  readonly #backOff: BackOff;
  #name: string | undefined;
  #nameState: "none" | "offered" | "refused" | "accepted" = "none";
  #socket: Socket | undefined;
  #reader = new LineReader();
  #questionTimer: NodeJS.Timeout | undefined;
  #hasHeardLine = false;
  #isConnected = false;
  #wasConnected = false;
  #isLeaving = false;
  /** Whether the server closed before all that was sent had been handed to the system. */
  #wasCutShort = false;
  #isClosed = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #fault: NodeJS.ErrnoException | undefined;

  /** Nothing happens before `connect`. */
  constructor(options: ChatClientOptions) {
    super();
    this.#options = options;
    this.#name = options.name;
    this.#backOff = options.backOff ?? new BackOff();
  }

  /** Whether there is a connection. */
  get isConnected(): boolean {
    return this.#isConnected && !this.#isLeaving;
  }

  /** Whether the next line is a name: none was given, or the server has refused the last one. */
  get needsName(): boolean {
    return this.#name === undefined || this.#nameState === "refused";
  }

  /** Makes the connection. What comes of it is told by events. */
  connect(): void {
    const socket = connect({ host: this.#options.host, port: this.#options.port, noDelay: true });
    this.#socket = socket;
    this.#fault = undefined;
    this.#wasCutShort = false;
    this.#reader = new LineReader();
    this.#hasHeardLine = false;
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.setTimeout(CONNECT_TIMEOUT, () => socket.destroy(timedOut()));
    socket.on("connect", () => this.#connected(socket));
    socket.on("data", (chunk) => this.#receive(chunk));
    socket.on("end", () => {
      this.#wasCutShort = !socket.writableFinished;
      this.#endOfLines();
    });
    socket.on("drain", () => this.emit("drain"));
    socket.on("error", (error) => {
      this.#fault = error;
    });
    socket.on("close", () => this.#disconnected());
  }

  /** Gives the name, or another one after a refusal. It is sent now if there is a connection, and after each reconnection. */
  offerName(name: string): void {
    this.#name = name;
    if (!this.isConnected) return;
    this.#nameState = "offered";
    this.#write(`${name}\n`);
  }

  /**
   * Sends a line, without its end.
   *
   * @returns false where there is no connection: then it is not sent, now or later
   */
  send(line: string): boolean {
    if (!this.isConnected) return false;
    this.#write(`${line.replace(/[\r\n]+/g, " ")}\n`);
    return true;
  }

  /**
   * Sends bytes as they are, whole lines or not.
   *
   * @returns false where the caller should wait for `drain` or `closed` before sending more
   */
  sendBytes(bytes: Uint8Array): boolean {
    return !this.isConnected || this.#socket!.write(bytes);
  }

  /** Stops reading, so that the server has to wait; `resume` goes on. */
  pause(): void {
    this.#socket?.pause();
  }

  /** Goes on reading after `pause`. */
  resume(): void {
    this.#socket?.resume();
  }

  /** Says that nothing more will be sent. What the server still answers arrives before `closed`. */
  leave(): void {
    if (this.#isLeaving || this.#isClosed) return;
    this.#isLeaving = true;
    if (this.#isConnected) this.#socket!.end();
    else this.destroy();
  }

  /** Ends it at once, whatever is on its way. */
  destroy(): void {
    this.#isLeaving = true;
    clearTimeout(this.#retryTimer);
    if (this.#socket !== undefined && !this.#socket.closed) this.#socket.destroy();
    else this.#close(undefined);
  }

  #write(text: string): void {
    this.#socket!.write(text);
  }

  #connected(socket: Socket): void {
    socket.setTimeout(0);
    const isAgain = this.#wasConnected;
    this.#isConnected = true;
    this.#wasConnected = true;
    this.#backOff.connected();
    this.#nameState = "none";
    if (this.#name !== undefined) this.offerName(this.#name);
    this.emit("connected", { isAgain });
  }

  #receive(chunk: Uint8Array): void {
    clearTimeout(this.#questionTimer);
    this.#reader.push(chunk);
    for (let line = this.#reader.next(MAX_LINE); line !== undefined; line = this.#reader.next(MAX_LINE)) {
      this.#hear(line);
    }
    // Later, half a line must not be shown: its second half could look like somebody else's message.
    if (this.#hasHeardLine || this.#reader.pendingBytes === 0) return;
    this.#questionTimer = setTimeout(() => this.#endOfLines(), QUESTION_DELAY);
  }

  /** Takes what has no end of line for a line. */
  #endOfLines(): void {
    clearTimeout(this.#questionTimer);
    const rest = this.#reader.end();
    this.#reader = new LineReader();
    if (rest !== undefined) this.#show(rest);
  }

  #hear(line: Line): void {
    this.#hasHeardLine = true;
    this.#show(line);
  }

  #show(line: Line): void {
    const text = line.kind === "line" ? readable(line.bytes) : TOO_LONG;
    this.emit("line", text);
    if (this.#nameState !== "offered") return;
    if (text.startsWith("Name not accepted:")) {
      this.#nameState = "refused";
      this.emit("refused");
    } else if (text.startsWith("Welcome ")) {
      this.#nameState = "accepted";
      this.emit("welcomed");
    }
  }

  #disconnected(): void {
    clearTimeout(this.#questionTimer);
    const wasUp = this.#isConnected;
    this.#isConnected = false;
    if (this.#isLeaving) return this.#close(wasUp && this.#isFaulty() ? this.#lost() : undefined);
    if (!this.#wasConnected) return this.#close(this.#unreachable());
    if (!this.#options.reconnects || (wasUp && this.needsName)) return this.#close(this.#lost());
    this.#retry(wasUp);
  }

  #isFaulty(): boolean {
    return this.#fault !== undefined || this.#wasCutShort;
  }

  #retry(wasUp: boolean): void {
    const delay = this.#backOff.next(wasUp);
    this.#retryTimer = setTimeout(() => this.connect(), delay);
    const reason = (wasUp ? this.#lost() : this.#unreachable()).message;
    this.emit("reconnecting", { reason, delay, attempt: this.#backOff.attempts });
  }

  #close(failure: WirewrightError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.emit("closed", failure);
  }

  #lost(): WirewrightError {
    const how = this.#fault === undefined ? "The server closed the connection" : "The connection to the server broke";
    return new WirewrightError("CONNECTION_LOST", this.needsName ? `${how} before it accepted a name.` : `${how}.`);
  }

  #unreachable(): WirewrightError {
    const { host, port } = this.#options;
    const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    return new WirewrightError("CANNOT_CONNECT", whyUnreachable(this.#fault?.code, host, place));
  }
}

/** Whether a line asks the server to close the connection. */
export function isFarewell(line: string): boolean {
  return /^\s*\/?quit\s*$/i.test(line);
}

/** Why the server closes the connection, a clause, where this line of the server says so. */
export function closingReason(line: string): string | undefined {
  return /^Connection closed: *(.*?)\.?$/.exec(line)?.[1];
}

/**
 * How the lines of our server begin which say that a line of this side was not followed, or not delivered. No other line of
 * it begins like that: a message begins with a bracket, and a name, which some lines begin with, has no spaces.
 */
const REFUSALS = [
  "Name not accepted: ",
  "You have a name already: ",
  "User not found: ",
  "That is you: ",
  "Nobody else is online.",
  "Nothing is sent: ",
  "Nobody is addressed: ",
  "Unknown command: ",
  "This command is incomplete: ",
  "Not delivered: ",
  "Not understood: ",
  "No chat is open.",
] as const;

/** Whether our server says with this line that it did not do what this side asked for. */
export function isRefusal(line: string): boolean {
  return REFUSALS.some((start) => line.startsWith(start));
}

function timedOut(): NodeJS.ErrnoException {
  return Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });
}

function whyUnreachable(code: string | undefined, host: string, place: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return `No server listens at ${place}; start one there, or name another place with --host and --port.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host ${host} is not known; check its name.`;
    case "ETIMEDOUT":
      return `Nothing answers at ${place}; check the address and the firewall.`;
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `There is no way to ${place}; check the address and the network.`;
    default:
      return `${place} cannot be reached${code === undefined ? "" : ` (${code})`}.`;
  }
}

const decoder = new TextDecoder();

/** Servers of other kinds may send what is no UTF-8; what can be read of it is shown. */
function readable(bytes: Uint8Array): string {
  return cleanText(decoder.decode(bytes));
}
