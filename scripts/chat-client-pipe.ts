import type { ChatClient } from "../lib/chat/client.ts";
import { WirewrightError } from "../lib/headers/errors.ts";

/** Milliseconds to wait for a verdict on the name. Servers of other kinds give none. */
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
 * @throws WirewrightError where not all was sent: there was no connection, it was lost, or the name was refused
 */
export async function runAsPipe(client: ChatClient): Promise<void> {
  const input = new PipedInput(client);
  const isClosed = new Promise<void>((resolve, reject) => {
    client.on("closed", (failure) => {
      process.stdin.destroy();
      // A server that was asked to close need not wait until the input has ended.
      if (failure === undefined || input.endsWithFarewell) resolve();
      else reject(failure);
    });
    client.on("refused", () => {
      reject(new WirewrightError("NAME_REFUSED", "The server did not accept the name; choose another with --name."));
      client.destroy();
    });
  });
  client.on("line", (text) => print(client, text));
  client.on("connected", () => input.send());
  client.connect();
  await isClosed;
}

/** A reader that is slow makes the server wait, instead of filling the memory here. */
function print(client: ChatClient, text: string): void {
  let isWritten = false;
  const hasRoom = process.stdout.write(`${text}\n`, () => {
    isWritten = true;
    client.resume();
  });
  if (!hasRoom && !isWritten) client.pause();
}

/** Standard input on its way to the server. */
class PipedInput {
  readonly #client: ChatClient;
  #tail = "";

  constructor(client: ChatClient) {
    this.#client = client;
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
        head = Buffer.concat([head, chunk as Buffer]);
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
    await first(this.#client, ["drain", "closed"]);
  }

  /** Before more is sent: after a refusal, the next line would be taken for a name. */
  async #verdict(): Promise<void> {
    await first(this.#client, ["welcomed", "refused", "closed"], VERDICT_DELAY);
  }
}

/** Waits for the first of some events, for so many milliseconds at most. */
function first(client: ChatClient, events: readonly ("drain" | "closed" | "welcomed" | "refused")[], longest?: number) {
  return new Promise<void>((resolve) => {
    const timer = longest === undefined ? undefined : setTimeout(done, longest);
    for (const event of events) client.on(event, done);
    function done(): void {
      clearTimeout(timer);
      for (const event of events) client.off(event, done);
      resolve();
    }
  });
}
