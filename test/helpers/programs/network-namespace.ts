/** Networks of our own, in which tests capture and inject what concerns nobody else. They need Linux and root. */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { isMissing } from "../judges/tools.ts";

/** True where tests in namespaces must be left out; throws where that is not allowed. */
export const namespacesAreMissing = (): boolean => isMissing("namespaces");

/** A namespace with a loopback adapter that is up, and nothing else. To be removed in the end. */
export class NetworkNamespace {
  readonly name = `wirewright-${randomBytes(5).toString("hex")}`;

  constructor() {
    execFileSync("ip", ["netns", "add", this.name]);
    this.run("ip", "link", "set", "lo", "up");
  }

  /** The same command, inside. */
  inside(command: string, args: readonly string[]): [command: string, args: string[]] {
    return ["ip", ["netns", "exec", this.name, command, ...args]];
  }

  /** Runs a command to its end. @returns what it prints. @throws when it fails */
  run(command: string, ...args: string[]): string {
    const [outer, outerArgs] = this.inside(command, args);
    return execFileSync(outer, outerArgs, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1 << 28 });
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [outer, outerArgs] = this.inside(command, args);
    // `ip` becomes the command, so that signals reach it.
    return spawn(outer, outerArgs, options);
  }

  /** Adds a pair of adapters that are joined by a cable, both up; removing one removes both. */
  addCable(one: string, other: string): void {
    this.run("ip", "link", "add", one, "type", "veth", "peer", "name", other);
    for (const end of [one, other]) this.run("ip", "link", "set", end, "up");
  }

  removeAdapter(name: string): void {
    this.run("ip", "link", "delete", name);
  }

  /** The command lines of what runs inside. */
  commands(): string[] {
    return this.#processes().flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim()];
      } catch {
        // It has just ended.
        return [];
      }
    });
  }

  /** Ends whatever still runs inside, and takes the namespace away. */
  remove(): void {
    for (const pid of this.#processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    }
    execFileSync("ip", ["netns", "delete", this.name]);
  }

  #processes(): number[] {
    const text = execFileSync("ip", ["netns", "pids", this.name], { encoding: "utf8" });
    return text.split(/\s+/).filter(Boolean).map(Number);
  }
}
