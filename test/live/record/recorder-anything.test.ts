import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../lib/core/random.ts";
import type { RecordedConnection, Recorder } from "../../../lib/live/record/recorder.ts";
import type { SideName } from "../../../lib/session/conversation.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { bytes, connect, faultsIn, newFlow, type ReadDatagram, readRecording, record } from "./recorder-scene.ts";

type Step =
  | { readonly kind: "sent"; readonly connection: number; readonly side: SideName; readonly length: number }
  | { readonly kind: "datagram"; readonly flow: number; readonly side: SideName; readonly length: number }
  | { readonly kind: "ended" | "reset"; readonly connection: number; readonly side: SideName }
  | { readonly kind: "flush" }
  | { readonly kind: "connect" };

const side = fc.constantFrom<SideName>("client", "server");
const connection = fc.nat(4);
const length = fc.oneof(fc.nat(40), fc.nat(5000), fc.constantFrom(1440, 1460, 65_495, 65_535, 300_000));
const datagramLength = fc.oneof(fc.nat(40), fc.nat(5000), fc.constantFrom(0, 1452, 1453, 1472, 1473, 65_507));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("connect" as const) }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("sent" as const), connection, side, length }) },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("datagram" as const), flow: fc.nat(3), side, length: datagramLength }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("ended" as const, "reset" as const), connection, side }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
);

const ADDRESSES = [
  ["127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["192.0.2.1", "192.0.2.2"],
  ["2001:db8::1", "2001:db8::2"],
] as const;

/** What is known of a connection without a recorder. */
interface Known {
  readonly recorded: RecordedConnection;
  readonly texts: Record<SideName, string>;
  readonly isDone: Record<SideName, boolean>;
}

interface Played {
  readonly known: Known[];
  readonly datagrams: ReadDatagram[];
}

/** Plays events of sockets. @returns what each connection must be in the recording, and which datagrams must be in it */
function play(recorder: Recorder, steps: readonly Step[]): Played {
  const known: Known[] = [];
  const datagrams: ReadDatagram[] = [];
  const flows = ADDRESSES.map((addresses, index) => newFlow(recorder, 40_000 + index, ...addresses));
  for (const [index, step] of steps.entries()) {
    const letter = String.fromCharCode(97 + (index % 26));
    if (step.kind === "flush") recorder.flush();
    else if (step.kind === "datagram") {
      const payload = letter.repeat(step.length);
      flows[step.flow]!.sent(step.side, bytes(payload));
      datagrams.push({ from: step.side === "client" ? 40_000 + step.flow : 8080, payload });
    } else if (step.kind === "connect" || step.connection >= known.length)
      known.push(newConnection(recorder, known.length));
    else act(known[step.connection]!, step, letter);
  }
  return { known, datagrams };
}

function newConnection(recorder: Recorder, index: number): Known {
  const [client, server] = ADDRESSES[index % ADDRESSES.length]!;
  return {
    recorded: connect(recorder, 50_000 + index, client, server),
    texts: { client: "", server: "" },
    isDone: { client: false, server: false },
  };
}

function act(
  { recorded, texts, isDone }: Known,
  step: Exclude<Step, { kind: "flush" | "connect" | "datagram" }>,
  letter: string,
): void {
  if (step.kind === "sent") {
    const text = letter.repeat(step.length);
    recorded.sent(step.side, bytes(text));
    if (!isDone[step.side]) texts[step.side] += text;
  } else {
    recorded[step.kind](step.side);
    if (step.kind === "ended") isDone[step.side] = true;
    else isDone.client = isDone.server = true;
  }
  expect(recorded.isOver).toBe(isDone.client && isDone.server);
}

describe("whatever sockets do", () => {
  it("our analyser has nothing against it and finds every byte", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer(), async (steps, seed) => {
        let played: Played = { known: [], datagrams: [] };
        const file = await record(
          (recorder) => {
            played = play(recorder, steps);
          },
          { random: new SeededRandom(seed) },
        );
        const { streams, datagrams, findings, warnings } = await readRecording(file);
        expect({ findings, warnings }).toEqual({ findings: 0, warnings: [] });
        expect(datagrams).toEqual(played.datagrams);
        expect(streams.map(({ client, server }) => ({ client, server }))).toEqual(
          played.known.map(({ texts }) => texts),
        );
      }),
      { numRuns: 150 },
    );
  });

  it.skipIf(isMissing("tshark"))("nor has tshark", async () => {
    const runs = fc.sample(fc.array(step, { minLength: 20, maxLength: 40, size: "max" }), { numRuns: 12, seed: 7 });
    for (const steps of runs) {
      expect(faultsIn(await record((recorder) => void play(recorder, steps)))).toEqual([]);
    }
  });
});
