/** The TCP of the Linux kernel as one end of a connection, in a network namespace of its own; packets go in and come out. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isMissing } from "../judges/tools.ts";
import { until } from "../programs/line-server.ts";

const PROGRAM = fileURLToPath(new URL("kernel-end.py", import.meta.url));
const LENGTH_OF_LENGTH = 4;

let interpreter: string | undefined;

/** What `python3` stands for: where versions are managed, that is a script that takes seconds to find out. */
function python(): string {
  interpreter ??= execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  return interpreter;
}

/** True where the kernel cannot be asked, and tests that do must be left out; throws where that is not allowed. */
export const kernelIsMissing = (): boolean => isMissing("namespaces", "tun", "python3");

/** What the kernel's end does, in the words of `kernel-end.py`. */
export interface KernelPlan {
  readonly address: string;
  readonly prefix: number;
  readonly mtu: number;
  readonly sysctls?: Readonly<Record<string, number | string>>;
  readonly listen?: number;
  readonly connect?: readonly [address: string, port: number];
  readonly port?: number;
  readonly receiveBuffer?: number;
  readonly congestion?: "reno" | "cubic";
  readonly send?: number;
  readonly seed?: string;
  readonly answers?: boolean;
  readonly echo?: boolean;
  readonly keepAlive?: number;
  readonly stall?: number;
  readonly leaveAfter?: number;
  readonly abort?: boolean;
}

/** What its application saw. */
export interface KernelEvent {
  readonly event: "ready" | "opened" | "received" | "sent" | "failed" | "settled";
  readonly bytes?: number;
  readonly sha256?: string;
  readonly why?: string;
  /** Connections in TIME-WAIT. */
  readonly waiting?: number;
}

export class KernelEnd {
  readonly events: KernelEvent[] = [];
  #listener: ((packet: Uint8Array) => void) | undefined = undefined;
  /** What the kernel sent before anybody wanted it. */
  readonly #early: Uint8Array[] = [];
  readonly #program: ChildProcess;
  #complaints = "";
  #packets = Buffer.alloc(0);
  #words = "";

  private constructor(plan: KernelPlan) {
    // The namespace has no name, and is gone with the program. Many of them begin at a time, so that nothing here may wait.
    this.#program = spawn("unshare", ["--net", "--", python(), "-I", "-S", PROGRAM, JSON.stringify(plan)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#program.stdout!.on("data", (chunk: Buffer) => this.#takePackets(chunk));
    this.#program.stderr!.on("data", (chunk: Buffer) => this.#takeWords(String(chunk)));
    // What is on its way to a program that has ended gets lost, as packets do.
    this.#program.stdin!.on("error", () => {});
  }

  /** @returns when its device is up */
  static async start(plan: KernelPlan): Promise<KernelEnd> {
    const kernel = new KernelEnd(plan);
    try {
      await kernel.tells("ready");
    } catch (error) {
      await kernel.stop();
      throw error;
    }
    return kernel;
  }

  /** Hands on what the kernel sends, and has sent so far: packets that each have memory of their own. */
  sendTo(listener: (packet: Uint8Array) => void): void {
    this.#listener = listener;
    for (const packet of this.#early.splice(0)) listener(packet);
  }

  /** Gives the kernel a packet. */
  take(packet: Uint8Array): void {
    const length = Buffer.alloc(LENGTH_OF_LENGTH);
    length.writeUInt32BE(packet.length);
    this.#program.stdin!.write(Buffer.concat([length, packet]));
  }

  /** Waits for something that its application sees, and says what. */
  async tells(event: KernelEvent["event"], milliseconds?: number): Promise<KernelEvent> {
    const find = () => this.events.find((seen) => seen.event === event);
    const what = () => `${event} of the kernel, which told ${JSON.stringify(this.events)} ${this.#complaints}`;
    await until(() => find() !== undefined || this.#complaints !== "", what, milliseconds);
    if (this.#complaints !== "") throw new Error(`no ${what()}`);
    return find()!;
  }

  async stop(): Promise<void> {
    const isOver = this.#program.exitCode !== null || this.#program.signalCode !== null;
    const ends = isOver ? Promise.resolve() : once(this.#program, "exit");
    this.#program.kill("SIGKILL");
    await ends;
  }

  #takePackets(chunk: Buffer): void {
    this.#packets = Buffer.concat([this.#packets, chunk]);
    for (;;) {
      if (this.#packets.length < LENGTH_OF_LENGTH) return;
      const end = LENGTH_OF_LENGTH + this.#packets.readUInt32BE(0);
      if (this.#packets.length < end) return;
      const packet = Uint8Array.from(this.#packets.subarray(LENGTH_OF_LENGTH, end));
      this.#packets = this.#packets.subarray(end);
      if (this.#listener === undefined) this.#early.push(packet);
      else this.#listener(packet);
    }
  }

  #takeWords(chunk: string): void {
    this.#words += chunk;
    for (let end = this.#words.indexOf("\n"); end >= 0; end = this.#words.indexOf("\n")) {
      const line = this.#words.slice(0, end);
      this.#words = this.#words.slice(end + 1);
      if (line.startsWith("{")) this.events.push(JSON.parse(line) as KernelEvent);
      else this.#complaints += `${line}\n`;
    }
  }
}
