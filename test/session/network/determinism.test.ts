/** What decides the packets of a conversation: the input, the flags and the seed, and nothing else. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import { bytesOf, playedOver } from "../../helpers/network/network-runs.ts";
import { wildLink } from "../../helpers/network/wild-networks.ts";

const OWN = [
  { from: "10.0.0.1", to: "10.0.0.2", message: bytesOf(1, 300), time: 0 },
  { from: "10.0.0.2", to: "10.0.0.1", message: bytesOf(2, 9000), time: 0.2 },
  { from: "10.0.0.1", to: "10.0.0.2", message: bytesOf(3, 40), time: 3 },
];
const OTHERS = [
  { from: "10.0.0.3", to: "10.0.0.4", message: bytesOf(4, 5000), time: 0.1 },
  { from: "10.0.0.4", to: "10.0.0.3", message: bytesOf(5, 70), time: 0.3 },
  { from: "10.0.0.5", to: "10.0.0.2", message: bytesOf(6, 2000), time: 0.31 },
];

const links = fc.record({ toServer: wildLink, toClient: wildLink, seed: fc.integer({ min: 0, max: 0xffff_ffff }) });

describe("what is sent over a network", () => {
  it("is the same each time, and something else with another seed", async () => {
    const parts = { both: { loss: 0.1, jitter: 2000, duplicate: 0.1, corrupt: 0.05 } };
    const [first, again, other] = await Promise.all(
      [7, 7, 8].map((seed) => playedOver(parts, [...OWN, ...OTHERS], { seed })),
    );
    expect(Buffer.compare(again!.capture, first!.capture)).toBe(0);
    expect(again!.truth).toEqual(first!.truth);
    expect(Buffer.compare(other!.capture, first!.capture)).not.toBe(0);
  });

  it("does not depend on what others say, where there is no rate", async () => {
    await fc.assert(
      fc.asyncProperty(links, async ({ toServer, toClient, seed }) => {
        const parts = { toServer: { ...toServer, rate: undefined }, toClient: { ...toClient, rate: undefined } };
        const ownPackets = async (messages: typeof OWN) => {
          // Closed at once, each would close when the last of the others is done.
          const { truth } = await playedOver(parts, messages, { seed, close: "none" });
          return truth.filter(({ conversation }) => conversation === 0).map(withoutOrdinals);
        };
        expect(await ownPackets([...OWN, ...OTHERS])).toEqual(await ownPackets(OWN));
      }),
      { numRuns: 100, seed: 20_261_128 },
    );
  });
});

/** What is counted through the whole capture differs. */
function withoutOrdinals({ id: _, frame: __, furtherFrames, repeats, ...rest }: Transmission) {
  return { ...rest, frames: furtherFrames.length, isRepeat: repeats !== undefined };
}
