/** Whatever the network does: every run ends, and every byte arrives in order, or the connection ends as TCP says it must. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SideName } from "../../../lib/session/conversation.ts";
import type { CloseKind } from "../../../lib/session/message-player.ts";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import { linuxHabits, type TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import type { MessageObject } from "../../../lib/traffic/message-objects.ts";
import {
  bytesOf,
  type NetworkParts,
  type NetworkRun,
  playedOver,
  type Received,
  receivedIn,
  SECOND,
} from "../../helpers/network/network-runs.ts";
import { PAIRS, type WildMessage, wildClose, wildMessages, wildNetwork } from "../../helpers/network/wild-networks.ts";

const RUNS = 2000;
/** More than any of these runs sends, and less than one that never ends. */
const MOST_TRANSMISSIONS = 100_000;

function objectsOf(messages: readonly WildMessage[]): MessageObject[] {
  let time = 0;
  return messages.map(({ pair, isFromServer, length, gap }, index) => {
    time += gap;
    const [client, server] = PAIRS[pair]!;
    // Whoever speaks first is the client.
    const isFirst = messages.findIndex((other) => other.pair === pair) === index;
    const isReversed = isFromServer && !isFirst;
    const [from, to] = isReversed ? [server, client] : [client, server];
    return { from, to, message: bytesOf(index, length), time: time / SECOND };
  });
}

/** All that one says to the other. */
function saidBy(from: string, messages: readonly MessageObject[]): Buffer {
  return Buffer.concat(messages.filter((message) => message.from === from).map(({ message }) => message as Uint8Array));
}

interface WildRun {
  readonly parts: NetworkParts;
  readonly wild: readonly WildMessage[];
  readonly close: CloseKind;
  readonly seed: number;
}

/** Why a conversation may end before all was said, by the rules of TCP; undefined where it may not. */
function excuseOf({ parts, close }: WildRun, pair: number, truth: readonly Transmission[]): string | undefined {
  const { client = {}, server = {}, refused = [], resetAfter } = parts;
  if (refused.includes(PAIRS[pair]![1])) return "refused";
  if (client.readRate === 0 || server.readRate === 0) return "not read";
  const isReset = truth.some(({ cause, from }) => cause === "reset" && from === "client");
  if (resetAfter !== undefined && isReset) return "broken off by its reader";
  if (close === "rst" && isReset) return "broken off";
  return whyGivenUp("client", client, truth) ?? whyGivenUp("server", server, truth);
}

function whyGivenUp(side: SideName, habits: Partial<TcpHabits>, truth: readonly Transmission[]): string | undefined {
  const { dataRetries, synRetries, synAckRetries, keepAliveProbes } = { ...linuxHabits(SECOND), ...habits };
  const own = truth.filter(({ from }) => from === side);
  if (longestRun(own, "timeout") >= dataRetries) return "given up";
  if (longestRun(own, "window-probe") >= dataRetries) return "given up before a closed window";
  const openings = own.filter(({ cause }) => cause === "syn").length;
  if (openings > (side === "client" ? synRetries : synAckRetries)) return "never opened";
  return longestRun(own, "keep-alive") >= keepAliveProbes ? "given up in silence" : undefined;
}

/** The most transmissions of one cause that repeat the same first one. */
function longestRun(truth: readonly Transmission[], cause: Transmission["cause"]): number {
  const counts = new Map<number | undefined, number>();
  for (const { cause: why, repeats, sequence } of truth) {
    const key = repeats ?? sequence;
    if (why === cause) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

const wildRun: fc.Arbitrary<WildRun> = fc.record({
  parts: wildNetwork,
  wild: wildMessages,
  close: wildClose,
  seed: fc.integer({ min: 0, max: 0xffff_ffff }),
});

/** What was sent in the conversation of one pair: they are counted in the order in which they open. */
function truthOf(pair: number, wild: readonly WildMessage[], truth: readonly Transmission[]): Transmission[] {
  const opened = [...new Set(wild.filter(({ length }) => length > 0).map((message) => message.pair))];
  return truth.filter(({ conversation }) => conversation === opened.indexOf(pair));
}

/** Looks at what one end has received of each conversation. @returns how each fared, of those in which something was said to it */
function outcomesAt(end: 0 | 1, run: WildRun, { capture, truth }: NetworkRun): string[] {
  const { parts, wild } = run;
  const messages = objectsOf(wild);
  const received = receivedIn(capture, parts.tap === "both" ? end : 0);
  return PAIRS.flatMap(([client, server], pair) => {
    const [from, to] = end === 0 ? [server, client] : [client, server];
    const said = saidBy(from, messages);
    if (said.length === 0) return [];
    const own = received.find((one) => one.from === from && one.to === to);
    return [outcomeOf(said, own, excuseOf(run, pair, truthOf(pair, wild, truth)), run.close)];
  });
}

function outcomeOf(said: Buffer, own: Received | undefined, excuse: string | undefined, close: CloseKind): string {
  const bytes = own?.bytes ?? Buffer.alloc(0);
  expect(bytes.equals(said.subarray(0, bytes.length))).toBe(true);
  if (excuse === undefined) {
    expect(bytes.length).toBe(said.length);
    if (close !== "none" && close !== "rst") expect(own?.hasFin).toBe(true);
  }
  return bytes.length < said.length ? excuse! : "all received";
}

function endsOf({ tap }: NetworkParts): readonly (0 | 1)[] {
  if (tap === "both") return [0, 1];
  return tap === 0 || tap === 1 ? [tap] : [];
}

describe("over any network", () => {
  it("every run ends, with every byte in order or a reason of TCP's", { timeout: 600_000 }, async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(wildRun, async (run) => {
        const { parts, wild, close, seed } = run;
        // Whoever is to refuse has to be there.
        const servers = wild.map(({ pair }) => PAIRS[pair]![1]);
        const refused = parts.refused?.filter((name) => servers.includes(name)) ?? [];
        const played = await playedOver({ ...parts, refused }, objectsOf(wild), {
          close,
          seed,
          most: MOST_TRANSMISSIONS,
        });
        for (const outcome of endsOf(parts).flatMap((end) => outcomesAt(end, run, played))) {
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }),
      { numRuns: RUNS, seed: 20_261_128 },
    );
    // So that nothing of this is said of runs that do not happen.
    expect(outcomes.get("all received")).toBeGreaterThan(RUNS);
    for (const outcome of ["not read", "refused", "never opened", "given up", "broken off by its reader"]) {
      expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(20);
    }
  });
});

describe("over a network on which nothing is said for long", () => {
  const early = [{ from: "10.0.0.1", to: "10.0.0.2", message: "first", time: 0 }];
  const others = Array.from({ length: 40 }, (_, index) => {
    return { from: "10.0.0.3", to: "10.0.0.4", message: "meanwhile", time: 100 + 100 * index };
  });
  const late = [
    { from: "10.0.0.1", to: "10.0.0.2", message: "last", time: 5000 },
    { from: "10.0.0.2", to: "10.0.0.1", message: "answer", time: 9000 },
  ];

  it.each([
    { what: "silence", client: {} },
    { what: "keep-alives", client: { keepAlive: 300 * SECOND } },
  ])("what comes after hours of $what is said nevertheless", async ({ client }) => {
    const { truth } = await playedOver({ client }, [...early, ...others, ...late]);
    const said = truth.filter(({ length, conversation }) => length > 0 && conversation === 0);
    expect(said.map(({ length, cause }) => [length, cause])).toEqual([
      [5, "new"],
      [4, "new"],
      [6, "new"],
    ]);
  });

  it("a window that stays closed on one connection is asked for until the other one is given up, and not for ever", async () => {
    const messages = [
      { from: "10.0.0.1", to: "10.0.0.2", message: new Uint8Array(100_000), time: 0 },
      { from: "10.0.0.3", to: "10.0.0.4", message: "never read", time: 1 },
    ];
    for (const readPause of [0, SECOND]) {
      const { truth } = await playedOver({ server: { readRate: 0, readPause } }, messages, { most: 1000 });
      expect(truth.filter(({ cause }) => cause === "window-probe").length).toBeGreaterThan(10);
    }
  });
});
