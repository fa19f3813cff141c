/**
 * What a user of the package could do on any runtime: crafts a packet, makes a capture of every table of the fixtures, says
 * what is in it. Prints a line of hashes for each, as JSON, or the sentence where a table is refused.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import * as wirewright from "wirewright";

const folder = process.argv[2];
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const { ethernet, vlan, ipv4, gre, tcp, raw } = wirewright;
const stack = [ethernet(), vlan({ identifier: 5 }), ipv4(), gre(), ipv4({ source: "10.0.0.1" }), tcp(), raw("hello")];
const results = { packet: sha256(wirewright.encodePacket(stack)) };
for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
  if (/\.(csv|gz|tsv|txt|py)$/.test(name)) results[name] = await resultOf(name);
}
console.log(JSON.stringify(results));

async function resultOf(name) {
  try {
    const { capture } = await wirewright.encapsulateCsv(new Uint8Array(readFileSync(`${folder}/${name}`)), { name });
    const text = await wirewright.formatAnalysis(await wirewright.analyzeCapture(wirewright.captureFromBytes(capture)));
    const page = await wirewright.htmlReport(wirewright.captureFromBytes(capture));
    return [capture, text, page].map(sha256);
  } catch (error) {
    return error.message;
  }
}
