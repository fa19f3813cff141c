import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { PATIENCE } from "./helpers/programs/patience.ts";

/** Ends what hangs, and nothing that is only slow. The few tests that are longer say so themselves. */
const LONGEST = 5 * PATIENCE;

// Of what the tests start, most is read as it is; the tests of colours say which ones they want.
for (const name of ["FORCE_COLOR", "NO_COLOR"]) delete process.env[name];

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/helpers/judges/tools-notice.ts"],
    testTimeout: LONGEST,
    hookTimeout: LONGEST,
    expect: { poll: { timeout: PATIENCE } },
    // Many tests wait for other programs, so two at a time are worth while on two processors, where the default is one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
