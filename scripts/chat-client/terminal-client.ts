import type { ReadStream, WriteStream } from "node:tty";
import { type ChatClient, isFarewell } from "../../lib/chat/client.ts";
import { TerminalLine } from "../../lib/chat/terminal-line.ts";
import { printable, speakerPainter } from "../../lib/chat/terminal-text.ts";
import { ExitCode } from "../shared/cli.ts";

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
  #line: TerminalLine | undefined;
  #patience: NodeJS.Timeout | undefined;
  #isLeaving = false;

  constructor(client: ChatClient) {
    this.#client = client;
    client.on("connected", ({ isAgain }) => this.#connected(isAgain));
    client.on("line", (text) => {
      if (!this.#print(text)) client.pause();
    });
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
    this.#line ??= this.#startLine();
    this.#updatePrompt();
  }

  #startLine(): TerminalLine {
    const handlers = {
      onLine: (line: string) => this.#typed(line),
      onInterrupt: () => this.#interrupted(),
      onEnd: () => this.#leave(),
      onRoom: () => this.#client.resume(),
    };
    const paint = speakerPainter(true, process.env);
    return new TerminalLine(
      process.stdin as ReadStream,
      process.stdout as WriteStream,
      this.#prompt(),
      handlers,
      paint,
    );
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

  /** @returns false where no more should be printed for now */
  #print(text: string): boolean {
    if (this.#line !== undefined) return this.#line.print(text);
    process.stdout.write(`${printable(text)}\n`);
    return true;
  }

  #updatePrompt(): void {
    this.#line?.setPrompt(this.#prompt());
  }

  #prompt(): string {
    return this.#client.needsName ? NAME_PROMPT : USUAL_PROMPT;
  }
}
