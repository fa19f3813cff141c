/** How fast a long transfer is through a whole session, beside what is known of it in theory. */
import { describe, expect, it } from "vitest";
import type { FrameSink } from "../../../lib/core/frame-sink.ts";
import type { NetworkLink } from "../../../lib/session/network/link-options.ts";
import { defaultNetwork, type NetworkOptions, NO_FATES } from "../../../lib/session/network/network-options.ts";
import { NetworkSession } from "../../../lib/session/network/network-session.ts";
import type { TcpHabits } from "../../../lib/session/tcp/tcp-habits.ts";
import { hostAt } from "../../helpers/captures/captures.ts";

const TICKS = 1_000_000;
const SEGMENT = 1460;
/** Bytes of the frame of a full segment. */
const FRAME = 1514;
const MESSAGE = new Uint8Array(1 << 20);

interface Path {
  /** Of the whole round trip, without any queue. */
  readonly roundTrip: number;
  /** Of what the client sends. */
  readonly forth?: Partial<NetworkLink>;
  /** Numbers of its packets with data that are lost. */
  readonly lose?: ReadonlySet<number>;
  readonly habits?: Partial<TcpHabits>;
  /** Seconds of the transfer, and those at its beginning that do not count. */
  readonly seconds: number;
  readonly settling: number;
}

interface Transfer {
  /** Bytes a second that the client learns to have arrived. */
  readonly goodput: number;
  /** The longest round trip of a segment, in seconds. */
  readonly longest: number;
}

function transfer({ roundTrip, forth, lose, habits = {}, seconds, settling }: Path): Transfer {
  const usual = defaultNetwork(TICKS);
  const link = { ...usual.links.toServer, delay: (roundTrip / 2) * TICKS };
  const own = { receiveBuffer: 2 ** 26, ...habits };
  const network: NetworkOptions = {
    ...usual,
    links: { toServer: { ...link, ...forth }, toClient: link },
    fates: lose === undefined ? NO_FATES : { ...NO_FATES, lose: [{ side: "client", of: "data", numbers: lose }] },
    client: own,
    server: own,
  };
  const acknowledged = { before: 0, after: 0 };
  let longest = 0;
  const session = new NetworkSession(
    new Nowhere(),
    { ticksPerSecond: TICKS },
    {
      ...network,
      seed: 7,
      onTransmission({ from, arrived, sent, acknowledgment = 0, length }) {
        if (arrived === undefined) return;
        if (from === "server") acknowledged[arrived < settling * TICKS ? "before" : "after"] = acknowledgment;
        else if (length > 0) longest = Math.max(longest, (arrived - sent + link.delay) / TICKS);
      },
    },
  );
  const conversation = session.connect(
    { host: hostAt("10.0.0.1"), port: 49_152 },
    { host: hostAt("10.0.0.2"), port: 80 },
  );
  session.open(conversation, 0);
  // More than any of these paths can carry.
  for (let message = 0; message < 400; message++) session.send(conversation, "client", 0, MESSAGE);
  session.advance(seconds * TICKS);
  return { goodput: (acknowledged.after - acknowledged.before) / (seconds - settling), longest };
}

/** Frames are not what is looked at. */
class Nowhere implements FrameSink {
  readonly bytes = new Uint8Array(1 << 16);
  readonly view = new DataView(this.bytes.buffer);
  readonly isFull = false;

  reserve(): number {
    return 0;
  }
}

describe("a transfer that only the window holds back", () => {
  it.each([
    { window: 16_384, roundTrip: 0.02 },
    { window: 65_536, roundTrip: 0.1 },
    { window: 1_048_576, roundTrip: 0.6 },
  ])("gets the full segments that $window bytes hold through in each $roundTrip s", ({ window, roundTrip }) => {
    const path = { roundTrip, seconds: 70.5 * roundTrip, settling: 20.5 * roundTrip };
    const { goodput } = transfer({ ...path, habits: { receiveBuffer: window, delayedAcknowledgment: 0 } });
    const expected = (Math.floor(window / SEGMENT) * SEGMENT) / roundTrip;
    expect(goodput / expected).toBeGreaterThan(0.99);
    expect(goodput / expected).toBeLessThan(1.01);
  });
});

/** M. Mathis and others, "The macroscopic behavior of the TCP congestion avoidance algorithm", 1997. */
function mathis(loss: number, roundTrip: number): number {
  return (SEGMENT / roundTrip) * (1.22 / Math.sqrt(loss));
}

describe("a transfer of Reno that only chance losses hold back", () => {
  it.each([
    { loss: 0.001, seconds: 250 },
    { loss: 0.003, seconds: 200 },
    { loss: 0.01, seconds: 200 },
    { loss: 0.03, seconds: 200 },
  ])("at a loss of $loss is as fast as Mathis and others say, give or take 30 %", ({ loss, seconds }) => {
    const roundTrip = 0.1;
    const habits = { congestion: "reno", delayedAcknowledgment: 0 } as const;
    const { goodput } = transfer({ roundTrip, forth: { loss }, habits, seconds, settling: 10 });
    expect(goodput / mathis(loss, roundTrip)).toBeGreaterThan(0.7);
    expect(goodput / mathis(loss, roundTrip)).toBeLessThan(1.3);
  });
});

describe("a transfer on a long fat path with few losses", () => {
  const [roundTrip, loss] = [0.3, 0.0003];
  const path = { roundTrip, seconds: 240, settling: 30 };

  it("is far faster with CUBIC than with Reno", () => {
    const reno = transfer({ ...path, forth: { loss }, habits: { congestion: "reno" } });
    const cubic = transfer({ ...path, forth: { loss }, habits: { congestion: "cubic" } });
    expect(cubic.goodput).toBeGreaterThan(1.5 * reno.goodput);
  });

  it("is with CUBIC as fast as RFC 9438 says, where the losses are as far apart as they are there", () => {
    const numbers = new Set(Array.from({ length: 1000 }, (_, index) => Math.round((index + 1) / loss)));
    const { goodput } = transfer({ ...path, lose: numbers, habits: { congestion: "cubic" } });
    // Section 5.1, with its C of 0.4.
    const expected = (SEGMENT * 1.054 * (roundTrip / loss) ** 0.75) / roundTrip;
    expect(goodput / expected).toBeGreaterThan(0.8);
    expect(goodput / expected).toBeLessThan(1.2);
  });
});

describe("a transfer that only a rate holds back", () => {
  it.each([
    { rate: 2e6, seconds: 200 },
    { rate: 10e6, seconds: 90 },
  ])("gets all of $rate bit/s, less its headers", ({ rate, seconds }) => {
    const path = { roundTrip: 0.02, forth: { rate, queue: 100 }, seconds, settling: 10 };
    const { goodput } = transfer(path);
    const expected = ((rate / 8) * SEGMENT) / FRAME;
    expect(goodput / expected).toBeGreaterThan(0.98);
    expect(goodput / expected).toBeLessThanOrEqual(1.001);
  });
});

describe("a queue that is too long", () => {
  it("adds to the round trip what it takes to empty it", () => {
    const [rate, queue, roundTrip] = [2e6, 500, 0.02];
    const { longest } = transfer({ roundTrip, forth: { rate, queue }, seconds: 60, settling: 10 });
    expect(longest / (roundTrip + (8 * FRAME * queue) / rate)).toBeCloseTo(1, 2);
  });
});
