/** Which network adapters this machine has, also where `cap` is not installed, and which of them packets are sent to. */
import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";
import { makeVisible } from "../core/text.ts";
import { type Adapter, loadCap } from "./cap.ts";
import { findProgram } from "./capture/programs.ts";
import { LiveError, noAdapter } from "./live-errors.ts";

const run = promisify(execFile);
/** Milliseconds; some systems take long to look for Bluetooth and the like. */
const LONGEST_LISTING = 10_000;

/** All adapters: as `cap` knows them, else dumpcap, else those that have addresses. */
export async function listAdapters(): Promise<Adapter[]> {
  return (await listedByCap()) ?? (await listedByDumpcap()) ?? listedByNode();
}

/**
 * The adapter that a machine talks to itself through.
 *
 * @throws LiveError NO_ADAPTER
 */
export function loopbackOf(adapters: readonly Adapter[]): Adapter {
  const loopback = adapters.find(({ isLoopback }) => isLoopback);
  if (loopback !== undefined) return loopback;
  const advice =
    process.platform === "win32"
      ? "install Npcap with its support for loopback traffic, or name another adapter with --iface"
      : "name an adapter with --iface";
  throw new LiveError("NO_ADAPTER", `This machine has no loopback adapter; ${advice}.`);
}

async function listedByCap(): Promise<Adapter[] | undefined> {
  try {
    return (await loadCap()).adapters();
  } catch (error) {
    if (error instanceof LiveError) return undefined;
    throw error;
  }
}

async function listedByDumpcap(): Promise<Adapter[] | undefined> {
  const dumpcap = findProgram("dumpcap");
  if (dumpcap === undefined) return undefined;
  try {
    const { stdout } = await run(dumpcap, ["-D", "-M"], { timeout: LONGEST_LISTING, windowsHide: true });
    return stdout.split(/\r?\n/).flatMap(readListed);
  } catch {
    return undefined;
  }
}

/**
 * A line of dumpcap's list for machines, parted by tabs: number and name, what the maker calls it, what people call it, kind,
 * addresses, "loopback" or "network".
 */
function readListed(line: string): Adapter[] {
  const [numbered = "", vendor = "", friendly = "", , addresses = "", kind] = line.split("\t");
  const name = /^\d+\. (.+)$/.exec(numbered)?.[1];
  if (name === undefined) return [];
  const description = vendor || friendly || undefined;
  return [
    { name, description, addresses: addresses.split(",").filter((one) => one !== ""), isLoopback: kind === "loopback" },
  ];
}

function listedByNode(): Adapter[] {
  return Object.entries(os.networkInterfaces()).map(([name, addresses = []]) => ({
    name,
    description: undefined,
    addresses: addresses.map(({ address }) => address),
    isLoopback: addresses.some(({ internal }) => internal),
  }));
}

/** Which adapter is to be used. */
export interface AdapterChoice {
  /** Default: the first loopback adapter. */
  readonly adapter?: string | undefined;
  /** Also an adapter through which packets reach other machines. */
  readonly allowNetwork?: boolean | undefined;
}

/**
 * Packets go to a loopback adapter, unless somebody has allowed another.
 *
 * @param adapters those of this machine
 * @throws LiveError NO_ADAPTER, NOT_LOOPBACK
 */
export function chooseAdapter(adapters: readonly Adapter[], { adapter: name, allowNetwork }: AdapterChoice): Adapter {
  if (name === undefined) return loopbackOf(adapters);
  const chosen = adapters.find((adapter) => adapter.name === name);
  if (chosen === undefined)
    throw noAdapter(
      name,
      adapters.map((adapter) => adapter.name),
    );
  if (chosen.isLoopback || allowNetwork) return chosen;
  const loopback = adapters.find(({ isLoopback }) => isLoopback);
  const advice = loopback === undefined ? "allow it" : `send to ${makeVisible(loopback.name)}, or allow it`;
  throw new LiveError(
    "NOT_LOOPBACK",
    `${makeVisible(name)} is no loopback adapter: what is sent to it can reach other machines; ${advice} with --allow-network.`,
  );
}
