/**
 * Captures with faults, for an analyser to find: those written by hand, and as many by chance as one wants. The same seed
 * gives the same bytes.
 */
import { type IpAddress, parseIpv4, parseIpv6 } from "../../../lib/headers/address.ts";
import { Chance } from "./chance.ts";
import { oddCaptures } from "./odd-captures.ts";
import { parseScript, type ScriptEnd, type Segment, segmentRecord } from "./packetdrill-script.ts";
import { pcapOf, type TapRecord } from "./pcap-records.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./tcp-scenarios.ts";
import { simulatedSegments } from "./tcp-simulator.ts";
import { wildSegments } from "./wild-segments.ts";

export interface FaultyCapture {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** For each frame the findings it must have, where they are written down: `lost_segment`. */
  readonly findings?: readonly (readonly string[])[];
}

const ETHERNET = 1;

// Ports that no dissector claims.
const CLIENT_PORT = 49_152;
const SERVER_PORT = 50_000;
const CLIENT: ScriptEnd = { address: parseIpv4("10.0.0.1"), port: CLIENT_PORT };
const SERVER: ScriptEnd = { address: parseIpv4("10.0.0.2"), port: SERVER_PORT };

/** Every scenario that is written down, as a capture of its own. */
export function handMadeCaptures(): FaultyCapture[] {
  return SCENARIOS.map(({ name, script }) => {
    const lines = parseScript(script);
    const records = lines.map((line) => segmentRecord(line, CLIENT, SERVER));
    return { name, bytes: pcapOf(ETHERNET, records), findings: lines.map((line) => line.findings) };
  });
}

/** All scenarios in one capture, one after the other, each with a client port of its own: what takes tshark one run. */
export function allHandMade(scenarios: readonly Scenario[] = SCENARIOS): FaultyCapture {
  const records: TapRecord[] = [];
  let start = 0;
  const scripts = scenarios.map(({ script }) => parseScript(script));
  for (const [index, lines] of scripts.entries()) {
    const client = { ...CLIENT, port: CLIENT_PORT + index };
    for (const line of lines) records.push(segmentRecord({ ...line, time: start + line.time }, client, SERVER));
    start += Math.max(...lines.map((line) => line.time)) + 1_000_000;
  }
  const findings = scripts.flat().map((line) => line.findings);
  return { name: "all scenarios written by hand", bytes: pcapOf(ETHERNET, records), findings };
}

/** Every kind of capture there is: by hand, odd, and by chance from these seeds. */
export function* everyCapture(seeds: readonly number[]): Generator<FaultyCapture> {
  yield* handMadeCaptures();
  yield* oddCaptures();
  for (const seed of seeds) {
    yield randomCapture(seed);
    yield wildCapture(seed);
  }
}

/** Ten connections of an honest TCP over paths that lose, repeat and disorder; some begin before the capture. */
export function randomCapture(seed: number): FaultyCapture {
  const chance = new Chance(seed);
  return {
    name: `simulated, seed ${seed}`,
    bytes: interleaved(chance, 10, (start) => simulatedSegments(chance, start)),
  };
}

/** Ten connections of segments that no TCP would send, but that a tracker of connections must tell apart. */
export function wildCapture(seed: number): FaultyCapture {
  const chance = new Chance(seed);
  const make = (start: number) => wildSegments(chance, chance.between(20, 60), start);
  return { name: `wild, seed ${seed}`, bytes: interleaved(chance, 10, make) };
}

/** Connections between few hosts on few ports, so that some follow another one on the same ports, or run into it. */
function interleaved(chance: Chance, count: number, make: (start: number) => Segment[]): Uint8Array {
  const records: TapRecord[] = [];
  for (let index = 0; index < count; index++) {
    const [client, server] = endsOf(chance, index);
    for (const segment of make(chance.below(3_000_000))) records.push(segmentRecord(segment, client, server));
  }
  return pcapOf(ETHERNET, asTapped(chance, records));
}

function endsOf(chance: Chance, index: number): readonly [ScriptEnd, ScriptEnd] {
  const address: (last: number) => IpAddress =
    index % 3 === 2 ? (last) => parseIpv6(`2001:db8::${last}`) : (last) => parseIpv4(`10.0.0.${last}`);
  const isShared = chance.perMille(200);
  return [
    { address: address(1), port: CLIENT_PORT + (isShared ? 0 : index) },
    // One of the connections has the same port at both ends.
    { address: address(2), port: index === 4 ? CLIENT_PORT + index : SERVER_PORT },
  ];
}

/** By time, as one tap saw them. In some captures the clock is set back now and then, and differences become negative. */
function asTapped(chance: Chance, records: readonly TapRecord[]): TapRecord[] {
  const inOrder = records.toSorted((a, b) => a.time - b.time);
  if (!chance.perMille(200)) return inOrder;
  return inOrder.map((record) => (chance.perMille(20) ? { ...record, time: Math.max(0, record.time - 2500) } : record));
}
