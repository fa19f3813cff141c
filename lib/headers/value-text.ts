/** Ways to write a value down that several layers share. */

/** 0x and as many digits as the bytes have: `hex(0x1c46, 2)` is "0x1c46". */
export function hex(value: number, bytes: number): string {
  return `0x${value.toString(16).padStart(2 * bytes, "0")}`;
}

/** "0x1c46 (7238)" */
export function hexAndDecimal(value: number, bytes: number): string {
  return `${hex(value, bytes)} (${value})`;
}

/** "1460 bytes" */
export function inBytes(count: number): string {
  return `${count} ${count === 1 ? "byte" : "bytes"}`;
}

/** The name that a table has for a number, with the number: "TCP (6)". */
export function named(names: Readonly<Record<number, string>>, value: number, otherwise = "Unknown"): string {
  return `${names[value] ?? otherwise} (${value})`;
}

export const SET_OR_NOT = (isSet: boolean): string => (isSet ? "Set" : "Not set");

const MOST_SHOWN = 24;

/** The bytes in hexadecimal; of many only the first. */
export function bytesText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, MOST_SHOWN), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > MOST_SHOWN ? `${shown}…` : shown;
}

/** Each byte as the character of that number: never fails, and every character stands for one byte. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  let at = start;
  // Eight at a time: every piece that is appended leaves an object behind.
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at]!,
      bytes[at + 1]!,
      bytes[at + 2]!,
      bytes[at + 3]!,
      bytes[at + 4]!,
      bytes[at + 5]!,
      bytes[at + 6]!,
      bytes[at + 7]!,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}
