import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/helpers/tools-notice.ts"],
    testTimeout: 60_000,
    // Many tests wait for other programs, so two at a time are worth while on two processors, where the default is one.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
