import { describe, expect, it } from "vitest";
import { paintFor } from "../../../scripts/shared/colours.ts";
import { runShell } from "../../helpers/programs/run-script.ts";

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

  it.each([
    [false, { FORCE_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "true", NO_COLOR: "1" }, true],
    [false, { FORCE_COLOR: "3", TERM: "dumb" }, true],
    [false, { FORCE_COLOR: "" }, false],
    [true, { FORCE_COLOR: "", NO_COLOR: "1" }, false],
    [true, { FORCE_COLOR: "0" }, false],
    [true, { FORCE_COLOR: "false" }, false],
  ])("are forced, or forbidden, by FORCE_COLOR: terminal %s, %j", (isTerminal, environment, isPainted) => {
    expect(paintFor(isTerminal, environment).severity("x", "error") !== "x").toBe(isPainted);
  });

  it("come through a pipe where they are forced", async () => {
    const { stdout } = await runShell(
      "$WW/encapsulate.ts fixtures/input.csv - 2>/dev/null | FORCE_COLOR=1 $WW/analyze.ts - | cat",
    );
    expect(stdout).toContain("\x1b[1m");
  });
});
