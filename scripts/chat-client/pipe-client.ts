import { type ChatClient, closingReason, isRefusal } from "../../lib/chat/client.ts";
import { printable } from "../../lib/chat/terminal-text.ts";
import { WirewrightError } from "../../lib/core/errors.ts";

/** Milliseconds to wait for a first line of the server. For one of ours, that is its verdict on the name. */
const FIRST_LINE_DELAY = 10_000;
/** Milliseconds to wait for a verdict of a server that has said something else: one of another kind may give none. */
const VERDICT_DELAY = 1000;
/** Bytes in which the first line, the name, must end. */
const LONGEST_NAME = 4096;
const LINE_FEED = 0x0a;
/** Characters of what was sent that are remembered, to know whether it was a farewell. */
const TAIL = 64;
const FAREWELL = /(?:^|\n)[ \t]*\/?quit[ \t\r]*\n$/i;

/**
 * The client between two pipes: standard input is sent as it is, what arrives is printed, until the server has closed.
 *
 * Where the server closes, nothing tells which lines it has thrown away.
 *
 * @throws WirewrightError where not everything was done: there was no connection, it was lost, the server closed it, or it
 * refused the name or a line ("User not found: Bob.")
 */
export async function runAsPipe(client: ChatClient): Promise<void> {
  const input = new PipedInput(client);
  const refusals = new Refusals(client);
  let lastLine = "";
  const isClosed = new Promise<void>((resolve, reject) => {
    client.on("closed", (failure) => {
      process.stdin.destroy();
      // The last line alone: a server of another kind may print such words in between.
      const reason = closingReason(lastLine);
      if (reason !== undefined) return reject(closedByServer(reason));
      // A server that was asked to close need not wait until the input has ended.
      if (failure !== undefined && !input.endsWithFarewell) return reject(failure);
      const refusal = refusals.asFailure();
      if (refusal === undefined) resolve();
      else reject(refusal);
    });
    client.on("refused", () => {
      reject(new WirewrightError("NAME_REFUSED", "The server did not accept the name; choose another with --name."));
      client.destroy();
    });
  });
  client.on("line", (text) => {
    lastLine = text;
    print(client, text);
  });
  client.on("connected", () => input.send());
  client.connect();
  await isClosed;
}

function closedByServer(reason: string): WirewrightError {
  const message = `The server closed the connection: ${reason}; some of the input may not have been delivered.`;
  return new WirewrightError("CONNECTION_LOST", message);
}

const OUR_WELCOME = /^Welcome \S+! You can now chat\.$/;

/** What the server answers to lines that it does not follow. */
class Refusals {
  #isOurServer = false;
  #lastLine = "";
  #count = 0;
  #first = "";

  constructor(client: ChatClient) {
    // The lines of a server of another kind can begin with anything, and with what its users write.
    client.on("welcomed", () => {
      this.#isOurServer = OUR_WELCOME.test(this.#lastLine);
    });
    client.on("line", (text) => {
      this.#lastLine = text;
      if (!this.#isOurServer || !isRefusal(text)) return;
      if (this.#count++ === 0) this.#first = text;
    });
  }

  asFailure(): WirewrightError | undefined {
    if (this.#count === 0) return undefined;
    const [what, answer] = this.#count === 1 ? ["a line", "its answer"] : [`${this.#count} lines`, "its first answer"];
    return new WirewrightError("REFUSED", `The server did not follow ${what} of the input; ${answer}: ${this.#first}`);
  }
}

/** A reader that is slow makes the server wait, instead of filling the memory here. */
function print(client: ChatClient, text: string): void {
  let isWritten = false;
  const hasRoom = process.stdout.write(`${printable(text)}\n`, () => {
    isWritten = true;
    client.resume();
  });
  if (!hasRoom && !isWritten) client.pause();
}

/** Standard input on its way to the server. */
class PipedInput {
  readonly #client: ChatClient;
  #tail = "";
  #isAnswered = false;

  constructor(client: ChatClient) {
    this.#client = client;
    client.on("line", () => {
      this.#isAnswered = true;
    });
  }

  /** Whether the last whole line that was sent asks the server to close. */
  get endsWithFarewell(): boolean {
    return FAREWELL.test(this.#tail);
  }

  async send(): Promise<void> {
    if (!this.#client.needsName) await this.#verdict();
    let head = Buffer.alloc(0);
    try {
      for await (const chunk of process.stdin) {
        if (!this.#client.needsName) {
          await this.#sendBytes(chunk as Buffer);
          continue;
        }
        head = withoutBlankLines(Buffer.concat([head, chunk as Buffer]));
        if (head.includes(LINE_FEED) || head.length > LONGEST_NAME) head = await this.#sendName(head);
      }
      if (this.#client.needsName && head.length > 0) await this.#sendName(head);
      this.#client.leave();
    } catch (error) {
      // Destroyed when the connection ended; that is told there.
      if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") this.#client.destroy();
    }
  }

  /** @returns nothing, for the caller to go on with */
  async #sendName(head: Buffer): Promise<Buffer<ArrayBuffer>> {
    const end = head.indexOf(LINE_FEED);
    const name = head.toString("utf8", 0, end === -1 ? head.length : end);
    this.#client.offerName(name.replace(/\r$/, ""));
    await this.#verdict();
    if (end !== -1 && end + 1 < head.length) await this.#sendBytes(head.subarray(end + 1));
    return Buffer.alloc(0);
  }

  async #sendBytes(bytes: Buffer): Promise<void> {
    this.#tail = (this.#tail + bytes.toString("latin1", Math.max(0, bytes.length - TAIL))).slice(-TAIL);
    if (this.#client.sendBytes(bytes)) return;
    await drained(this.#client);
  }

  /** Before more is sent: after a refusal, the next line would be taken for a name. */
  #verdict(): Promise<void> {
    return new Promise((resolve) => {
      const client = this.#client;
      const events = ["welcomed", "refused", "closed"] as const;
      // Without a connection, nothing would happen any more.
      if (!client.isConnected) return resolve();
      let timer = setTimeout(done, this.#isAnswered ? VERDICT_DELAY : FIRST_LINE_DELAY);
      for (const event of events) client.on(event, done);
      client.on("line", hurry);
      function hurry(): void {
        client.off("line", hurry);
        clearTimeout(timer);
        timer = setTimeout(done, VERDICT_DELAY);
      }
      function done(): void {
        clearTimeout(timer);
        client.off("line", hurry);
        for (const event of events) client.off(event, done);
        resolve();
      }
    });
  }
}

/** An empty line is no name, and a server of ours does not answer it. */
function withoutBlankLines(head: Buffer): Buffer<ArrayBuffer> {
  let start = 0;
  for (let end = head.indexOf(LINE_FEED); end !== -1; end = head.indexOf(LINE_FEED, start)) {
    if (head.toString("latin1", start, end).trim() !== "") break;
    start = end + 1;
  }
  return Buffer.from(head.subarray(start));
}

/** Waits until what was sent is on its way, or the connection is gone. */
function drained(client: ChatClient): Promise<void> {
  return new Promise((resolve) => {
    client.on("drain", done);
    client.on("closed", done);
    function done(): void {
      client.off("drain", done);
      client.off("closed", done);
      resolve();
    }
  });
}
