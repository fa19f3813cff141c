/** The captures whose reports must be the right picture: what a lab has, and what goes wrong in networks. */
import path from "node:path";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { generateCsv } from "../../bench/generate-csv.ts";
import { captureFile } from "./captures.ts";
import { handMadeCaptures, randomCapture } from "./faulty-captures.ts";

export const FIXTURES = ["input", "chat", "unicode"] as const;

/** What a scenario must be about, and a word that only it has in its name. */
const SCENARIOS: readonly (readonly [name: string, words: string])[] = [
  ["loss", "fast retransmission after three duplicate acknowledgments"],
  ["reordering", "out of order within a round trip"],
  ["duplicates", "every frame twice"],
  ["resets", "reset with and without acknowledgment"],
  ["refused", "SYN answered by a reset"],
  ["half-open", "begins and ends in the middle"],
  ["half-closed", "half-closed"],
  ["zero-window", "zero window, probes with new data"],
];

const IPV6_CSV = `msg_id,app_protocol,src_app,dst_app,src_ip,dst_ip,message,timestamp
1,HTTP,reader,library,2001:db8::1,2001:db8::2,GET /books HTTP/1.1,0.1
2,HTTP,library,reader,2001:db8::2,2001:db8::1,200 OK (three books),0.2
`;

/** Files of theirs are made in a folder. @returns name and path of each */
export async function picturedCaptures(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of FIXTURES) files.set(name, await made(folder, name, `fixtures/${name}.csv`));
  const scenarios = handMadeCaptures();
  for (const [name, words] of SCENARIOS) {
    const scenario = scenarios.find((candidate) => candidate.name.startsWith(words));
    if (scenario === undefined) throw new Error(`There is no scenario "${words}".`);
    files.set(name, captureFile(folder, `${name}.pcap`, scenario.bytes));
  }
  files.set("ten conversations", captureFile(folder, "ten.pcap", randomCapture(3).bytes));
  files.set("IPv6", await made(folder, "ipv6", captureFile(folder, "ipv6.csv", new TextEncoder().encode(IPV6_CSV))));
  files.set("null link type", await made(folder, "null", "fixtures/chat.csv", "null"));
  files.set("10,000 packets", await largeCapture(folder));
  return files;
}

/** At least 10,000 packets of ten conversations. */
export async function largeCapture(folder: string): Promise<string> {
  const csv = path.join(folder, "large.csv");
  generateCsv(csv, 7000, 10);
  return made(folder, "large", csv);
}

async function made(folder: string, name: string, input: string, link?: "null"): Promise<string> {
  const output = path.join(folder, `${name}.pcap`);
  await encapsulate({ input, output, link });
  return output;
}
