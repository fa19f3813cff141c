import { InvalidArgumentError } from "commander";
import { describe, expect, it } from "vitest";
import * as values from "../../scripts/encapsulate/network-values.ts";

/** By reader: what it understands, and what it does not. */
const CASES: readonly {
  readonly name: string;
  readonly read: (text: string) => unknown;
  readonly good: Readonly<Record<string, unknown>>;
  readonly bad: readonly string[];
  readonly advice: string;
}[] = [
  {
    name: "a part of all packets",
    read: values.readPart,
    good: { "2%": 0.02, "0.02": 0.02, ".5": 0.5, "0": 0, "100%": 1, "1": 1, "0.05%": 0.0005 },
    bad: ["", "2 %%", "101%", "1.5", "-1%", "two", "1e-3", "%"],
    advice: "Give a part of all packets, such as 2% or 0.02.",
  },
  {
    name: "losses in bursts",
    read: values.readLossBursts,
    good: { "2%,25%": { mean: 0.02, end: 0.25 }, "0.5,1": { mean: 0.5, end: 1 } },
    bad: ["2%", "2%,0", "2%,25%,1%", ",25%", "2%,"],
    advice: "Give the part that is lost and the probability that a burst ends with each packet, such as 2%,25%.",
  },
  {
    name: "losses in bursts that there cannot be",
    read: values.readLossBursts,
    good: {},
    bad: ["90%,50%"],
    advice: "Bursts that end so soon lose at most 66.66% of all packets, since there is one between two of them.",
  },
  {
    name: "a part that waits",
    read: values.readReordering,
    good: { "1%": { part: 0.01, time: undefined }, "1%,20ms": { part: 0.01, time: 0.02 } },
    bad: ["", "x", "1%,2ms,3"],
    advice: "Give a part of all packets, such as 2% or 0.02, and after a comma how long they wait, such as 1%,20ms.",
  },
  {
    name: "a rate of sending",
    read: values.readBitRate,
    good: {
      ...{ "2mbit": 2e6, "500kbit": 5e5, "1gbit": 1e9, "1.5Mbit/s": 1.5e6, "9600": 9600, "9600bit": 9600 },
      ...{ "50kB/s": 4e5, "1MB/s": 8e6, "10B/s": 80 },
    },
    bad: ["0", "0mbit", "fast", "2mb", "2kbps", "-1mbit", "50k", ""],
    advice: "Give bits a second above 0, such as 500kbit, 2mbit or 1gbit, or bytes: 50kB/s.",
  },
  {
    name: "a rate of reading",
    read: values.readByteRate,
    good: { "50kB/s": 5e4, "400kbit": 5e4, "0": 0, "1000": 1000 },
    bad: ["slow", "-1", "50kb"],
    advice: "Give bytes a second, such as 50kB/s or 1MB/s, or bits: 400kbit; 0 reads nothing.",
  },
  {
    name: "a receive buffer",
    read: values.readWindow,
    good: { "16k": 16_000, "64KiB": 65_536, "64kB": 64_000, "1M": 1e6, "1Gi": 2 ** 30, "1": 1 },
    bad: ["0", "2G"],
    advice: "Give bytes from 1 to 1Gi, such as 16k, 64KiB or 1M.",
  },
  {
    name: "an amount",
    read: values.readAmount,
    good: { "50kB": 50_000, "1": 1 },
    bad: ["0"],
    advice: "Give bytes from 1 on, such as 50kB or 1M.",
  },
  {
    name: "a time that is not 0",
    read: values.positiveDuration("s"),
    good: { "10": 10, "200ms": 0.2, "1us": 1e-6 },
    bad: ["0", "0ms", "0.1us"],
    advice: "Give at least a microsecond (1us).",
  },
  {
    name: "packets",
    read: values.readPackets,
    good: {
      "client:3,7": { side: "client", of: "all", numbers: new Set([3, 7]) },
      "client:data:2": { side: "client", of: "data", numbers: new Set([2]) },
      "server:1": { side: "server", of: "all", numbers: new Set([1]) },
      "server:data:4-6,9": { side: "server", of: "data", numbers: new Set([4, 5, 6, 9]) },
    },
    bad: [
      "",
      "client",
      "client:",
      "client:0",
      "router:1",
      "client:7-3",
      "client:1-99999999",
      "client:1,,2",
      "client:ack:1",
    ],
    advice: "Give a side and numbers of its packets from 1 on, such as client:3,7 or server:data:2 or client:4-6.",
  },
  {
    name: "packets that are held up",
    read: values.readHeldUp,
    good: { "client:3=50ms": { packets: { side: "client", of: "all", numbers: new Set([3]) }, time: 0.05 } },
    bad: ["client:3", "client:3=1=2"],
    advice: "Give packets and how long they are held up, such as client:3=50ms.",
  },
  {
    name: "a place of the capture",
    read: values.readTap,
    good: { client: 0, server: 1, both: "both", "30%": 0.3, "0%": 0, "100%": 1 },
    bad: ["middle", "0.3", "130%", ""],
    advice: "Give client, server, both, or a part of the way from client to server, such as 30%.",
  },
];

describe.each(CASES)("$name", ({ read, good, bad, advice }) => {
  it("is understood where it can be, and said how to write where not", () => {
    for (const [text, value] of Object.entries(good)) expect(read(text), text).toEqual(value);
    for (const text of bad) expect(() => read(text), text).toThrow(new InvalidArgumentError(advice));
  });
});

describe("a flag that may be repeated", () => {
  it("keeps all, in their order", () => {
    const read = values.repeated(values.readPart);
    expect(read("1%", read("2%", read("3%")))).toEqual([0.03, 0.02, 0.01]);
  });
});
