/** The bytes of captures, as they are published: who changes them does so knowingly. */
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { runScript } from "../helpers/programs/run-script.ts";
import { argumentsOf, hashOf, MAKE_VECTORS, readVectors, VECTORS, vectorCommands } from "./vectors.ts";

const folder = temporaryFolder();
const vectors = readVectors();
const ADVICE = `If it is right that its capture has changed, make ${VECTORS} anew with: ${MAKE_VECTORS}`;

describe(VECTORS, () => {
  it("has a vector for each command line that there is to be one for, and no other", () => {
    expect(
      vectors.map(({ command }) => command),
      `Make it anew with: ${MAKE_VECTORS}`,
    ).toEqual(vectorCommands());
  });

  it.each(vectors)("holds of $command", async ({ command, sha256 }) => {
    expect(await hashOf(command, folder), ADVICE).toBe(sha256);
  });

  it("has a vector that no two commands share", () => {
    expect(new Set(vectors.map(({ sha256 }) => sha256)).size).toBe(vectors.length);
  });

  it("is of what the script itself writes", async () => {
    const { command, sha256 } = vectors.find((vector) => vector.command.includes("--loss 2% --delay 20ms"))!;
    const [input, , ...flags] = argumentsOf(command);
    const { stdoutBytes } = await runScript("encapsulate", [input!, "-", ...flags]);
    const hash = await crypto.subtle.digest("SHA-256", stdoutBytes);
    expect(Buffer.from(hash).toString("hex")).toBe(sha256);
  });
});
