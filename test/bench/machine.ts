/** What stands beside every figure, because a figure without it says nothing. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { ROOT } from "./processes.ts";

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly system: string;
  /** Processes that wanted a core before the benchmark began, averaged over a minute: 0 on a machine of its own. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(peerVersions: Readonly<Record<string, string>>): Machine {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus[0]?.model.trim() ?? "unknown",
    cores: cpus.length,
    memoryGB: Math.round(os.totalmem() / 1e9),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
    loadBefore: os.loadavg()[0] ?? 0,
    versions: {
      wirewright: projectVersion(),
      node: process.version,
      V8: process.versions.v8,
      tsx: packageVersion("node_modules/tsx/package.json"),
      ...peerVersions,
    },
  };
}

export function machineText({ date, processor, cores, memoryGB, system, loadBefore, versions }: Machine): string {
  const programs = Object.entries(versions).map(([name, version]) =>
    version.toLowerCase().startsWith(name.toLowerCase()) ? version : `${name} ${version}`,
  );
  return [
    `${date}, ${cores} x ${processor}, ${memoryGB} GB, ${system}, load before ${loadBefore.toFixed(1)}`,
    programs.join(", "),
  ].join("\n");
}

function projectVersion(): string {
  const version = packageVersion("package.json");
  try {
    const args = ["rev-parse", "--short", "HEAD"];
    const commit = execFileSync("git", args, { cwd: ROOT, stdio: "pipe" }).toString().trim();
    return `${version} (${commit})`;
  } catch {
    // Not every copy of the project is a repository.
    return version;
  }
}

function packageVersion(file: string): string {
  return (JSON.parse(readFileSync(`${ROOT}/${file}`, "utf8")) as { version: string }).version;
}
