import fs from "node:fs";
import { expect, it } from "vitest";
import { scenarioTable } from "../../lib/traffic/scenario-tables.ts";

it.each(["talk", "transfer"] as const)("the table of a %s is what the fixtures have, byte by byte", (conversation) => {
  expect(scenarioTable(conversation)).toBe(fs.readFileSync(`fixtures/scenario-${conversation}.csv`, "utf8"));
});
