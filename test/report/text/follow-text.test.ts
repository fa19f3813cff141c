import { describe, expect, it } from "vitest";
import { TextFollower } from "../../../lib/report/text/follow-text.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("a stream that is followed", () => {
  it("marks who speaks, and shows what is missing", () => {
    let text = "";
    const follower = new TextFollower((part) => {
      text += part;
    });
    follower.data(utf8("one\r\ntw"), true);
    follower.data(utf8("o\r\n"), true);
    follower.data(utf8("yes"), false);
    follower.data(utf8("three"), true);
    follower.gap(12, true);
    follower.data(utf8("x".repeat(100)), false);
    follower.end();
    expect(text.split("\n")).toEqual([
      "> one",
      "> two",
      "< yes",
      "> three",
      "> [12 bytes missing in the capture]",
      `< ${"x".repeat(78)}`,
      `  ${"x".repeat(22)}`,
      "",
    ]);
  });
});
