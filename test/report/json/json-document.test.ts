import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson } from "../../../lib/report/json/json-document.ts";

describe("JSON", () => {
  it("has no character that a terminal obeys, and means the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const json = toJson({ text: `${text}\u009b\u202e` });
        expect(json).not.toMatch(/[\u007f-\u009f\u202e]/);
        expect(JSON.parse(json)).toEqual({ text: `${text}\u009b\u202e` });
      }),
    );
  });
});
