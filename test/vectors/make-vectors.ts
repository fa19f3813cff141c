/** Writes `fixtures/vectors.json` anew: `npm run vectors`. What changes in it is to be looked at before it is committed. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { hashOf, readVectors, VECTORS, type Vector, vectorCommands } from "./vectors.ts";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "wirewright-vectors-"));
const before = new Map(fs.existsSync(VECTORS) ? readVectors().map(({ command, sha256 }) => [command, sha256]) : []);
const vectors: Vector[] = [];
try {
  for (const command of vectorCommands()) vectors.push({ command, sha256: await hashOf(command, folder) });
} finally {
  fs.rmSync(folder, { recursive: true });
}
fs.writeFileSync(VECTORS, `${JSON.stringify(vectors, undefined, 2)}\n`);
for (const { command, sha256 } of vectors) if (before.get(command) !== sha256) console.log(`changed: ${command}`);
console.log(`${vectors.length} vectors in ${VECTORS}.`);
