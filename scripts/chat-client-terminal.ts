import type { ReadStream, WriteStream } from "node:tty";
import { type ChatClient, isFarewell } from "../lib/chat/client.ts";
import { speakerPainter } from "../lib/chat/name-colours.ts";
import { TerminalLine } from "../lib/chat/terminal-line.ts";
import { ExitCode } from "./cli.ts";

const USUAL_PROMPT = "> ";
const NAME_PROMPT = "Your name: ";
/** Milliseconds after which a person who leaves is told what is being waited for. */
const PATIENCE = 2000;

/**
 * The client for a person at a terminal.
 *
 * @throws WirewrightError where there was no connection, or it was lost for good
 */
export function runOnTerminal(client: ChatClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const session = new TerminalSession(client);
    client.on("closed", (failure) => {
      session.end();
      if (failure !== undefined && !session.isLeaving) reject(failure);
      else resolve();
    });
    client.connect();
  });
}

class TerminalSession {
  readonly #client: ChatClient;
  readonly #paint = speakerPainter(true, process.env);
  #line: TerminalLine | undefined;
  #patience: NodeJS.Timeout | undefined;
  #isLeaving = false;

  constructor(client: ChatClient) {
    this.#client = client;
    client.on("connected", ({ isAgain }) => this.#connected(isAgain));
    client.on("line", (text) => this.#print(this.#paint(text)));
    client.on("refused", () => this.#updatePrompt());
    client.on("reconnecting", ({ reason, attempt }) => {
      if (attempt === 1) this.#print(`${reason} Trying to connect again; Ctrl-C leaves.`);
    });
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  end(): void {
    clearTimeout(this.#patience);
    this.#line?.close();
  }

  #connected(isAgain: boolean): void {
    if (isAgain) this.#print("Connected again.");
    // Not before: a prompt would only be in the way of the sentence that says why there is no connection.
    this.#line ??= new TerminalLine(process.stdin as ReadStream, process.stdout as WriteStream, this.#prompt(), {
      onLine: (line) => this.#typed(line),
      onInterrupt: () => this.#interrupted(),
      onEnd: () => this.#leave(),
    });
    this.#updatePrompt();
  }

  #typed(line: string): void {
    if (this.#isLeaving) return;
    if (isFarewell(line)) {
      this.#client.send(line);
      this.#leave();
    } else if (this.#client.needsName) {
      if (line.trim() !== "") this.#client.offerName(line.trim());
      this.#updatePrompt();
    } else if (!this.#client.send(line) && line !== "") {
      this.#print("Not sent, because there is no connection; the line is kept.");
      this.#line?.putBack(line);
    }
  }

  #interrupted(): void {
    if (this.#isLeaving) process.exit(ExitCode.INTERRUPTED);
    process.exitCode = ExitCode.INTERRUPTED;
    this.#leave();
  }

  /** Lines that the server has not read yet still reach it: the end comes behind them. */
  #leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#patience = setTimeout(
      () => this.#print("Waiting until the server has read all your lines; Ctrl-C leaves at once."),
      PATIENCE,
    );
    this.#client.leave();
  }

  #print(text: string): void {
    if (this.#line === undefined) process.stdout.write(`${text}\n`);
    else this.#line.print(text);
  }

  #updatePrompt(): void {
    this.#line?.setPrompt(this.#prompt());
  }

  #prompt(): string {
    return this.#client.needsName ? NAME_PROMPT : USUAL_PROMPT;
  }
}
