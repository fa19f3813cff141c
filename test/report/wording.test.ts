import { describe, expect, it } from "vitest";
import { firstOf } from "../../lib/report/wording.ts";

describe("the first of a list", () => {
  it("counts what it does not show", () => {
    expect(firstOf([1, 2, 3], 2)).toBe("1, 2 and 1 more");
    expect(firstOf([1, 2], 2)).toBe("1, 2");
    expect(firstOf([1, 2], 2, 5000)).toBe("1, 2 and 4,998 more");
  });
});
