/**
 * Packet lists made by Wireshark from captures, made into captures again: Wireshark's list of these must be the list that
 * they were made from.
 */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { allHandMade, randomCapture } from "../../helpers/captures/faulty-captures.ts";
import { headersOf, type ListedRow, packetListOf, toCsv } from "../../helpers/judges/packet-list.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

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

/** Captures in which the clock is never set back. */
const SEEDS = [4, 5, 6];

const FIXTURES = [
  ["fixtures/chat.csv"],
  ["fixtures/input.csv"],
  ["fixtures/dialects/tcp-as-rows.csv"],
  ["fixtures/dialects/ipv6.csv"],
  ["fixtures/dialects/client-port-used-again.csv"],
] as const;

describe.skipIf(isMissing("tshark"))("the packet list of a capture", () => {
  it.each(SEEDS)(
    "of an honest TCP over bad paths is made into it again, seed %i",
    { timeout: 120_000 },
    async (seed) => {
      const before = judge(captureFile(folder, `random-${seed}.pcap`, randomCapture(seed).bytes));
      const after = judge(await again(before.list));
      expect(runsForward(before.list)).toBe(true);
      expect(after.lines).toEqual(before.lines);
    },
  );

  it.each(FIXTURES)(
    "of messages, whose rows have no ports, is made into it again: %s",
    { timeout: 120_000 },
    async (csv) => {
      const file = path.join(folder, `${path.basename(csv)}.pcap`);
      await encapsulate({ input: csv, output: file });
      const before = judge(file);
      const made = await again(before.list);
      const after = judge(made);
      expect(after.lines).toEqual(before.lines);
      const infos = ({ list }: Judged) =>
        list.filter(({ Protocol }) => MESSAGES.test(Protocol)).map(({ Info }) => Info);
      expect(infos(after)).toEqual(infos(before));
      expect(tshark("-r", made, "-Y", "_ws.malformed")).toBe("");
    },
  );

  it("of connections with one fault each keeps the fault", { timeout: 120_000 }, async () => {
    const rows = packetListOf(captureFile(folder, "hand.pcap", allHandMade().bytes));
    const after = packetListOf(await again(rows));
    const count = (list: readonly ListedRow[], note: string) =>
      list.filter(({ Info }) => Info.includes(`[TCP ${note}`)).length;
    for (const note of ["Retransmission", "Keep-Alive", "Window Full", "ZeroWindow", "Previous segment not captured"]) {
      expect(count(rows, note)).toBeGreaterThan(0);
      expect([note, count(after, note)]).toEqual([note, count(rows, note)]);
    }
  });
});
