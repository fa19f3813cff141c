/** Which network adapters this machine has, also where `cap` is not installed. */
import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";
import { type Adapter, loadCap } from "./cap.ts";
import { findProgram } from "./capture/capture-programs.ts";
import { LiveError } from "./live-errors.ts";

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
