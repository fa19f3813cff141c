/** What the README says of the truth, held against what is written. */
import { describe, expect, it } from "vitest";
import { TcpFlag } from "../../../lib/headers/tcp-fields.ts";
import type { Fate, Transmission } from "../../../lib/session/network/transmission.ts";
import { truthLine } from "../../../lib/session/network/truth-lines.ts";
import { sectionOf, textOf } from "../../helpers/documents/readmes.ts";

const section = sectionOf(textOf("lib/session/network/README.md"), "## The truth");
const [fields, causes] = section
  .split("| cause |")
  .map((part) => part.match(/^\| `.*$/gm)!.map((row) => row.split(" | ")));
const namesOf = (rows: readonly string[][]) => rows.map(([name]) => name!.replace(/[|` ]/g, ""));

/** Everything that can be said, though not of one packet. */
const all: Required<Transmission> = {
  furtherFrames: [7],
  ...{ id: 2, frame: 3, conversation: 0, protocol: "tcp", from: "server", sequence: 1, acknowledgment: 84 },
  ...{
    length: 1460,
    flags: TcpFlag.ACK,
    cause: "sack",
    repeats: 1,
    fate: "lost",
    lostAt: 0.25,
    copies: 2,
    overtaken: 4,
  },
  ...{ sent: 1_060_000, tap: 1_080_000, arrived: 1_090_000, isMarked: true },
  sender: { cwnd: 14_600, ssthresh: 29_200, inFlight: 1460, srtt: 40_000, rto: 240_000, window: 65_536 },
};
const linesOf = (transmission: Transmission) =>
  JSON.parse(truthLine(transmission, 1_000_000)) as Record<string, unknown>;

/** The compiler wants every one of them. */
const CAUSES: Readonly<Record<Transmission["cause"], true>> = {
  ...{ syn: true, new: true, fin: true, ack: true, "duplicate-ack": true, "window-update": true, timeout: true },
  ...{ fast: true, sack: true, "path-mtu": true, "tail-probe": true, "window-probe": true, "keep-alive": true },
  ...{ challenge: true, reset: true, datagram: true, "too-large": true, unreachable: true },
};
const FATES: Readonly<Record<Fate, true>> = {
  ...{ delivered: true, lost: true, "queue-full": true, corrupted: true, "too-large": true },
};
const SENDERS: Readonly<Record<Transmission["from"], true>> = { client: true, server: true, router: true };
const PROTOCOLS: Readonly<Record<Transmission["protocol"], true>> = { tcp: true, udp: true, icmp: true };

describe("the truth, as the README tells of it,", () => {
  it("has these fields, in this order", () => {
    expect(namesOf(fields!).sort()).toEqual(Object.keys(linesOf(all)).sort());
    expect(linesOf(all)).toMatchObject({ sent: "1.060000", srtt: "0.040000", flags: "ACK", marked: true });
  });

  it("leaves out what has no meaning, or is as always", () => {
    const least: Transmission = {
      ...{ ...all, frame: undefined, sequence: undefined, acknowledgment: undefined, flags: undefined, tap: undefined },
      ...{ repeats: undefined, lostAt: undefined, copies: 1, overtaken: 0, arrived: undefined, isMarked: false },
      furtherFrames: [],
      ...{ protocol: "udp", cause: "datagram", sender: undefined },
    };
    const never = fields!.filter((row) => row[2] === "never |");
    expect(namesOf(never).sort()).toEqual(Object.keys(linesOf(least)).sort());
  });

  it("knows these causes, fates, senders and protocols", () => {
    expect(namesOf(causes!).sort()).toEqual(Object.keys(CAUSES).sort());
    for (const [name, values] of Object.entries({ fate: FATES, from: SENDERS, protocol: PROTOCOLS })) {
      const row = fields!.find(([field]) => field === `| \`${name}\``)!;
      expect(row[1]!.match(/(?<=`)[a-z-]+(?=`)/g)!.sort()).toEqual(Object.keys(values).sort());
    }
  });
});
