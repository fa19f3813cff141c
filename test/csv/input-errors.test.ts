import { expect, test } from "vitest";
import { WirewrightError } from "../../lib/core/errors.ts";
import { InputError, quoteFound } from "../../lib/csv/input-errors.ts";

test("an input error is one sentence with its place", () => {
  const place = { file: "fixtures/bad.csv", line: 7, column: 6, columnName: "timestamp" };
  const error = new InputError("BAD_TIME", place, '"abc" is not a time', "write seconds from the start, such as 0.015");
  expect(error).toBeInstanceOf(WirewrightError);
  expect(error.message).toBe(
    'fixtures/bad.csv, line 7, column 6 (timestamp): "abc" is not a time; write seconds from the start, such as 0.015.',
  );
});

test("a hostile file or column name does not reach the terminal", () => {
  const place = { file: "\u001b]0;x\u0007.csv", line: 1, column: 2, columnName: `\u009b2J${"n".repeat(100)}` };
  expect(new InputError("BAD_TIME", place, "no", "none").message).toBe(
    `\\u001b]0;x\\u0007.csv, line 1, column 2 (\\u009b2J${"n".repeat(31)}…): no; none.`,
  );
});

test.each([
  ["abc", '"abc"'],
  ["", '""'],
  ["a\r\n\tb", '"a\\r\\n\\tb"'],
  ["\u2028\u202e\ufeff\ud800", '"\\u2028\\u202e\\ufeff\\ud800"'],
  ["👩‍💻 שלום", '"👩‍💻 שלום"'],
  ["x".repeat(40), `"${"x".repeat(40)}"`],
  ["x".repeat(41), `"${"x".repeat(39)}…"`],
  ["👍".repeat(41), `"${"👍".repeat(39)}…"`],
  ["x".repeat(50_000_000), `"${"x".repeat(39)}…"`],
])("%# found text is shown safely", (text, shown) => {
  expect(quoteFound(text)).toBe(shown);
});
