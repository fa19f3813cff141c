/**
 * Packet lists made by Wireshark from captures, made into captures again: Wireshark's list of these must be the list that
 * they were made from.
 */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures.ts";
import { allHandMade, randomCapture } from "../../helpers/faulty-captures.ts";
import { headersOf, type ListedRow, packetListOf, toCsv } from "../../helpers/packet-list.ts";
import { isMissing } from "../../helpers/tools.ts";
import { tshark } from "../../helpers/tshark.ts";

const folder = temporaryFolder();
let files = 0;

/** What the list tells, and what the header does that it comes from. */
interface Judged {
  readonly list: readonly ListedRow[];
  readonly lines: readonly string[];
}

function judge(file: string): Judged {
  const list = packetListOf(file);
  const lines = headersOf(file).map((header, index) => {
    const { Time, Source, Destination, Length } = list[index]!;
    const { ports, flags, sequence, acknowledgment, length, window } = header;
    const numbers = `seq ${sequence} ack ${acknowledgment} len ${length} win ${window}`;
    return `${Number(Time)} ${Source} > ${Destination} ${ports} ${flags} ${numbers} in ${Length}`;
  });
  return { list, lines };
}

async function again(rows: readonly ListedRow[]): Promise<string> {
  const input = path.join(folder, `list-${++files}.csv`);
  const output = path.join(folder, `list-${files}.pcap`);
  fs.writeFileSync(input, toCsv(rows));
  await encapsulate({ input, output });
  return output;
}

/** Where the clock is set back, rows are put in the order of their times, as in every table. */
function runsForward(list: readonly ListedRow[]): boolean {
  return list.every(({ Time }, index) => index === 0 || Number(Time) >= Number(list[index - 1]!.Time));
}

/** The bytes of a message that went in clear text are made again, so that Wireshark sees its first line. */
const MESSAGES = /^(?:HTTP|DNS|ICMP|ICMPv6|ARP)$/;

const FIXTURES = [
  ["fixtures/chat.csv"],
  ["fixtures/input.csv"],
  ["fixtures/dialects/tcp-as-rows.csv"],
  ["fixtures/dialects/ipv6.csv"],
  ["fixtures/dialects/client-port-used-again.csv"],
] as const;

describe.skipIf(isMissing("tshark"))("the packet list of a capture", () => {
  it.each([4, 5, 6, 11])(
    "of an honest TCP over bad paths is made into it again, seed %i",
    async (seed) => {
      const before = judge(captureFile(folder, `random-${seed}.pcap`, randomCapture(seed).bytes));
      const after = judge(await again(before.list));
      expect(runsForward(before.list)).toBe(true);
    expect(after.lines).toEqual(before.lines);
  }, 120_000);
});
