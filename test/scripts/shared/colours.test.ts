import { describe, expect, it } from "vitest";
import { paintFor } from "../../../scripts/shared/colours.ts";

describe("colours", () => {
  it("are for terminals, where nobody objects", () => {
    const shown = (isTerminal: boolean, environment: Record<string, string>) => {
      return paintFor(isTerminal, environment).severity("x", "error");
    };
    expect(shown(true, {})).toContain("\x1b[31m");
    expect(shown(true, { NO_COLOR: "" })).toContain("\x1b[31m");
    expect(shown(true, { NO_COLOR: "1" })).toBe("x");
    expect(shown(true, { TERM: "dumb" })).toBe("x");
    expect(shown(false, {})).toBe("x");
  });
});
