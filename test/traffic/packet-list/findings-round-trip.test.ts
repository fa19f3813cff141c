/**
 * Captures of lossy connections, as tables that tshark writes of them, made into captures again: tshark finds the same in
 * every frame, with the same numbers.
 */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { allHandMade, type FaultyCapture, randomCapture } from "../../helpers/captures/faulty-captures.ts";
import { SCENARIOS } from "../../helpers/captures/tcp-scenarios.ts";
import { packetListOf, toCsv } from "../../helpers/judges/packet-list.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";
import { FINDING_FIELDS } from "../../helpers/judges/tshark-packets.ts";

const folder = temporaryFolder();
let files = 0;

/** What rows cannot tell: they are put in the order of their times. */
const IN_ORDER = SCENARIOS.filter(({ name }) => name !== "a clock that goes back between two segments");

/**
 * What relative numbers do not tell, since both connections, or both beginnings of one, have 0; and where tshark finds
 * something only because a number of the header is exactly 0.
 */
const HIDDEN_BY_RELATIVE_NUMBERS = [
  "SYN/ACK with another initial sequence number",
  "ports used again with the same initial sequence number",
  "composed by a student: same numbers, both directions, no acknowledgment flag",
  "next expected sequence number of exactly 0, which is taken for none",
];
const TOLD_BY_RELATIVE_NUMBERS = IN_ORDER.filter(({ name }) => !HIDDEN_BY_RELATIVE_NUMBERS.includes(name));

const ENDS = [
  "frame.number",
  "frame.time_relative",
  "ip.src",
  "ip.dst",
  "ipv6.src",
  "ipv6.dst",
  "tcp.srcport",
  "tcp.dstport",
];

/** As `tshark -T fields` writes it, with a header. */
function fieldsOf(file: string, ...fields: string[]): string {
  const wanted = [...ENDS, "tcp.flags", ...fields].flatMap((field) => ["-e", field]);
  return tshark("-r", file, "-T", "fields", "-E", "header=y", "-E", "separator=,", "-E", "quote=d", ...wanted);
}

/** One line a frame: its numbers, and what tshark finds. */
function judge(file: string, numbers: readonly [string, string]): string[] {
  const fields = [...numbers, "tcp.len", "tcp.flags", ...FINDING_FIELDS];
  return tshark("-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
    .split("\n")
    .slice(0, -1)
    .map((line, index) => {
      const cells = line.split("\t");
      const findings = FINDING_FIELDS.filter((_, i) => cells[4 + i] !== "");
      return `${index + 1}: seq ${cells[0]} ack ${cells[1]} len ${cells[2]} ${cells[3]} ${findings.join(" ")}`;
    });
}

async function again(csv: string): Promise<string> {
  const input = path.join(folder, `${++files}.csv`);
  const output = path.join(folder, `${files}.pcap`);
  fs.writeFileSync(input, csv);
  await encapsulate({ input, output });
  return output;
}

const RAW = ["tcp.seq_raw", "tcp.ack_raw"] as const;
const RELATIVE = ["tcp.seq", "tcp.ack"] as const;

const handMade = (scenarios: typeof SCENARIOS): FaultyCapture => ({ ...allHandMade(scenarios), name: "by hand" });
const save = (capture: FaultyCapture) => captureFile(folder, `original-${++files}.pcap`, capture.bytes);

describe.skipIf(isMissing("tshark"))(
  "of a table that tshark has written of a lossy capture, tshark finds the same",
  () => {
    it.each([handMade(IN_ORDER), randomCapture(4), randomCapture(8)])(
      "with numbers of the header: $name",
      { timeout: 120_000 },
      async (capture) => {
        const original = save(capture);
        const windows = ["tcp.window_size_value", "tcp.window_size_scalefactor", "tcp.options.wscale.shift"];
        const made = await again(fieldsOf(original, ...RAW, "tcp.len", ...windows));
        const expected = judge(original, RAW);
        expect(expected.filter((line) => line.includes("tcp.analysis")).length).toBeGreaterThan(60);
        expect(judge(made, RAW)).toEqual(expected);
      },
    );

    it("with relative numbers", { timeout: 120_000 }, async () => {
      const original = save(handMade(TOLD_BY_RELATIVE_NUMBERS));
      const made = await again(fieldsOf(original, ...RELATIVE, "tcp.len", "tcp.window_size_value", "tcp.window_size"));
      expect(judge(made, RELATIVE)).toEqual(judge(original, RELATIVE));
    });

    it("with relative numbers, where only the number of the stream tells connections apart", {
      timeout: 120_000,
    }, async () => {
      const original = save(handMade(SCENARIOS.filter(({ name }) => name.startsWith("ports used again"))));
      const made = await again(fieldsOf(original, "tcp.stream", ...RELATIVE, "tcp.len", "tcp.window_size_value"));
      expect(judge(made, RELATIVE)).toEqual(judge(original, RELATIVE));
      const streams = (file: string) => tshark("-r", file, "-T", "fields", "-e", "tcp.stream");
      expect(streams(made)).toBe(streams(original));
    });

    it("with lengths of frames alone, which count options as well", { timeout: 120_000 }, async () => {
      const isTold = ({ name }: (typeof SCENARIOS)[number]) => name !== "data in the SYN, not taken";
      const original = save(handMade(TOLD_BY_RELATIVE_NUMBERS.filter(isTold)));
      const windows = ["tcp.window_size_value", "tcp.window_size"];
      const made = await again(fieldsOf(original, ...RELATIVE, "frame.len", ...windows));
      expect(judge(made, RELATIVE)).toEqual(judge(original, RELATIVE));
    });

    it("as Wireshark exports its list", { timeout: 120_000 }, async () => {
      const original = save(handMade(TOLD_BY_RELATIVE_NUMBERS));
      const made = await again(toCsv(packetListOf(original)));
      expect(judge(made, RELATIVE)).toEqual(judge(original, RELATIVE));
    });
  },
);
