/** One client's socket: bytes in at a pace that is borne, lines out, and an end in every case. */
import type { Socket } from "node:net";
import { plainAddress } from "./connection-limiter.ts";
import { InputQueue } from "./input-queue.ts";
import type { ChatLimits } from "./limits.ts";
import type { Line } from "./line-reader.ts";
import { lineTooLong, noNameInTime, tooFast } from "./notices.ts";
import { type Outgoing, OutputQueue } from "./output-queue.ts";
import { type Task, Work } from "./round-robin.ts";
import { discardInput } from "./socket-closing.ts";

/** What a connection needs of the server that it belongs to. */
export interface ConnectionOwner {
  readonly limits: ChatLimits;
  /**
   * A whole line came. The owner may close the connection.
   *
   * @returns how much work that was, beside reading the line, in units of a turn
   */
  follow(connection: Connection, line: Line & { kind: "line" }): number;
  /** There is something to be read, when it is this connection's turn. */
  requestTurn(connection: Connection): void;
  /** There is something to write, at the end of this turn of the event loop. */
  scheduleFlush(connection: Connection): void;
  received(connection: Connection, bytes: Uint8Array): void;
  sent(connection: Connection, written: Uint8Array | string): void;
  /** Nothing more is read from it. `reason` says why the server closes it; undefined where the client has left. */
  closing(connection: Connection, reason: string | undefined): void;
  /** The socket is closed. The messages are those of users which were accepted for it and did not get out. */
  closed(connection: Connection, undelivered: Outgoing<Connection>[]): void;
}

/**
 * Milliseconds in which the other end may read the last line and close its side. To close at once would reset the
 * connection if bytes are on their way here, and a reset takes the last line back.
 */
const LINGER = 2000;

export class Connection implements Task {
  readonly id: number;
  readonly socket: Socket;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Stays after the user has left, for the log. */
  name: string | undefined;
  linesBeforeName = 0;
  readonly #owner: ConnectionOwner;
  readonly #input: InputQueue;
  readonly #output: OutputQueue<Connection>;
  #floodTimer: NodeJS.Timeout | undefined;
  #nameTimer: NodeJS.Timeout | undefined;
  #outputTimer: NodeJS.Timeout | undefined;
  #lingerTimer: NodeJS.Timeout | undefined;
  #drainTimer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #hasMore = false;
  #discardedBytes = 0;

  constructor(id: number, socket: Socket, owner: ConnectionOwner) {
    this.id = id;
    this.socket = socket;
    this.#owner = owner;
    this.remoteAddress = plainAddress(socket.remoteAddress ?? "");
    this.remotePort = socket.remotePort ?? 0;
    const { nameTimeout } = owner.limits;
    this.#input = new InputQueue(owner.limits);
    this.#output = new OutputQueue(
      (text, done) => this.#write(text, done),
      () => this.#noteProgress(),
    );
    if (nameTimeout !== 0) {
      this.#nameTimer = quietTimer(nameTimeout, () => this.close("no name in time", noNameInTime(nameTimeout)));
    }
    this.#listen();
  }

  /** Whether it has left, or is on its way out. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** Bytes that the client has not taken. */
  get waiting(): number {
    return this.#output.waiting;
  }

  /** Bytes that came since the last line that asked for something, as far as they were looked at. */
  get idleBytes(): number {
    return this.#input.idleBytes + this.#discardedBytes;
  }

  /** Whether there is more to be read now: false where something has to happen before. */
  get hasMore(): boolean {
    return this.#hasMore && !this.#isClosing;
  }

  /** Lets the client chat. */
  giveName(name: string): void {
    this.name = name;
    clearTimeout(this.#nameTimer);
  }

  /** Queues a line. Does nothing once the connection is closing. */
  send(item: Outgoing<Connection>): void {
    if (!this.#isClosing) this.#queue(item);
  }

  /** Writes what is queued; to be called by the owner, once a turn. */
  flush(): void {
    this.#output.flush();
    if (this.waiting === 0) this.#finish();
    else this.#watchOutput();
  }

  /**
   * Ends the connection once everything queued has been taken. Does nothing the second time.
   *
   * @param reason why the server closes it; undefined where the client has left
   * @param farewell the last line
   */
  close(reason: string | undefined, farewell?: string): void {
    if (this.#isClosing) return;
    this.#stopReading(reason);
    if (farewell !== undefined) this.#queue(outgoing(farewell, undefined));
    this.#owner.scheduleFlush(this);
    discardInput(this.socket);
  }

  /** Ends the connection at once, with what is queued. No reset: that would take back what the system has already. */
  abort(reason: string | undefined): void {
    if (!this.#isClosing) this.#stopReading(reason);
    this.socket.destroy();
  }

  #listen(): void {
    const { socket } = this;
    socket.setNoDelay(true);
    const { keepAlive } = this.#owner.limits;
    if (keepAlive !== 0) socket.setKeepAlive(true, keepAlive);
    socket.on("data", (chunk: Buffer) => {
      this.#owner.received(this, chunk);
      if (this.#isClosing) this.#discardedBytes += chunk.length;
      else this.#take(chunk);
    });
    socket.on("end", () => this.#noteEnd());
    // What went wrong does not matter: "close" follows, and the client is gone.
    socket.on("error", () => {});
    socket.on("close", () => this.#noteClosed());
  }

  #take(chunk: Buffer): void {
    // What one read brings is kept, however much: the sender could not know. More than that comes only if the system
    // goes on after it was told to pause.
    if (this.#floodTimer !== undefined && this.#isInputFull) return this.close("sent too fast", tooFast());
    this.#input.push(chunk);
    this.#readOn();
  }

  /** Who has left does not keep the name for as long as its lines would take. */
  #noteEnd(): void {
    this.#input.end();
    const { drainTimeout } = this.#owner.limits;
    if (drainTimeout !== 0 && !this.#isClosing) {
      this.#drainTimer = quietTimer(drainTimeout, () => this.close("sent too fast", tooFast()));
    }
    this.#readOn();
  }

  get #isInputFull(): boolean {
    return isAbove(this.#input.pendingBytes, this.#owner.limits.maxInputQueue);
  }

  #readOn(): void {
    if (!this.#isClosing) this.#owner.requestTurn(this);
  }

  /** Follows lines as far as the quantum and the limits allow, and reads no more from the socket where they do not. */
  takeTurn(quantum: number): number {
    let work = 0;
    this.#hasMore = true;
    while (this.hasMore && work < quantum) work += this.#takeStep();
    if (this.hasMore) this.socket.pause();
    else this.#answerTelnet();
    return work;
  }

  /** @returns the work of it */
  #takeStep(): number {
    const { limits } = this.#owner;
    if (this.#floodTimer !== undefined || isAbove(this.waiting, limits.softOutputQueue)) return this.#pause();
    const hasName = this.name !== undefined;
    const step = this.#input.read(hasName, performance.now());
    const work = Work.STEP + this.#input.lastRead * Work.BYTE;
    switch (step.kind) {
      case "line":
        this.#answerTelnet();
        return work + Work.LINE + this.#owner.follow(this, step);
      case "too-long":
        this.close("line too long", lineTooLong(this.#input.maxLine(hasName)));
        break;
      case "delayed":
        this.#delay(step.wait);
        break;
      case "all-read":
        this.#noteAllRead();
    }
    return work;
  }

  /** Only when nothing waits, and once for all that was asked until then: the replies are in no queue with a limit. */
  #answerTelnet(): void {
    const { socket } = this;
    if (this.waiting > 0 || socket.writableLength > 0 || !socket.writable) return;
    const reply = this.#input.takeReply();
    if (reply === undefined) return;
    socket.write(reply, () => this.#hasMore || this.#answerTelnet());
    this.#owner.sent(this, reply);
  }

  /** Leaves what the client sends with the system, so that the client notices. Goes on when something has changed. */
  #pause(): number {
    this.#hasMore = false;
    this.socket.pause();
    return 0;
  }

  #delay(wait: number): void {
    this.#pause();
    this.#floodTimer = quietTimer(Math.ceil(wait), () => {
      this.#floodTimer = undefined;
      this.#peekBehind();
      this.#readOn();
    });
  }

  /** Takes what the paused socket holds back, as far as there is room: an end or a reset shows only behind it. */
  #peekBehind(): void {
    if (this.socket.readableLength > 0 && !this.#isInputFull) this.socket.read();
  }

  #noteAllRead(): void {
    this.#hasMore = false;
    if (this.#input.hasEnded) this.close(undefined);
    else this.socket.resume();
  }

  #stopReading(reason: string | undefined): void {
    this.#isClosing = true;
    clearTimeout(this.#nameTimer);
    clearTimeout(this.#floodTimer);
    clearTimeout(this.#drainTimer);
    this.#owner.closing(this, reason);
  }

  #queue(item: Outgoing<Connection>): void {
    this.#output.push(item);
    this.#owner.scheduleFlush(this);
  }

  #write(text: string, done: (error?: Error | null) => void): void {
    if (!this.socket.writable) return;
    // A write that was cut off by the end of the socket is called back as if it had succeeded.
    this.socket.write(text, "utf8", (error) => void (this.socket.destroyed || done(error)));
    this.#owner.sent(this, text);
  }

  #noteProgress(): void {
    clearTimeout(this.#outputTimer);
    this.#outputTimer = undefined;
    if (this.waiting === 0) this.#finish();
    else this.#watchOutput();
    if (!this.#hasMore) this.#answerTelnet();
    if (this.socket.isPaused()) this.#readOn();
  }

  #watchOutput(): void {
    const { outputTimeout } = this.#owner.limits;
    if (outputTimeout === 0 || this.#outputTimer !== undefined || this.socket.destroyed) return;
    this.#outputTimer = quietTimer(outputTimeout, () => this.abort("takes nothing of what is sent to it"));
  }

  /** Says goodbye on the wire, once nothing is left to be sent. */
  #finish(): void {
    if (!this.#isClosing || this.#lingerTimer !== undefined || this.socket.destroyed) return;
    this.socket.end();
    this.#lingerTimer = quietTimer(LINGER, () => this.socket.destroy());
  }

  #noteClosed(): void {
    if (!this.#isClosing) this.#stopReading(undefined);
    clearTimeout(this.#outputTimer);
    clearTimeout(this.#lingerTimer);
    this.#owner.closed(this, this.#output.takeUndelivered());
  }
}

/** A line to be sent, with what everyone who gets it needs to know of it. */
export function outgoing(line: string, from: Connection | undefined): Outgoing<Connection> {
  const text = `${line}\n`;
  return { text, bytes: Buffer.byteLength(text), from };
}

function isAbove(bytes: number, limit: number): boolean {
  return limit !== 0 && bytes > limit;
}

/** One that does not keep the process alive. The clock behind it is monotonic. */
function quietTimer(milliseconds: number, action: () => void): NodeJS.Timeout {
  return setTimeout(action, milliseconds).unref();
}
