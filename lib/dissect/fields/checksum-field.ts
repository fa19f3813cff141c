/** A checksum with what became of it, and the number that Wireshark has for that. */
import { finishChecksum, sumBytes } from "../../core/checksum.ts";
import { Verdict } from "../layer-kinds.ts";
import type { Field } from "./field.ts";
import type { FieldReader } from "./field-reader.ts";
import { hex } from "./text.ts";

/** Wireshark's `PROTO_CHECKSUM_E_...`, in which the sum of a pseudo-header alone is a bad checksum. */
const STATUS: Readonly<Record<Verdict, readonly [number, string]>> = {
  [Verdict.UNCHECKED]: [2, "Unverified"],
  [Verdict.GOOD]: [1, "Good"],
  [Verdict.BAD]: [0, "Bad"],
  [Verdict.PARTIAL]: [0, "Bad"],
  [Verdict.ABSENT]: [3, "Not present"],
};

/**
 * Reads the checksum field of a header.
 *
 * @param expected the sum that belongs there, if it is known
 */
export function checksumField(
  reader: FieldReader,
  protocol: string,
  label: string,
  verdict: Verdict,
  expected?: number,
): void {
  const [status, word] = STATUS[verdict];
  const child: Field = {
    name: `${protocol}.checksum.status`,
    label: "Checksum Status",
    start: reader.at,
    length: 0,
    value: status,
    text: word,
  };
  reader.number(`${protocol}.checksum`, label, 2, {
    text: (sum) => `${hex(sum, 2)} [${verdictWords(verdict, expected)}]`,
    meaning: MEANINGS[verdict],
    children: [child],
  });
}

const MEANINGS: Readonly<Partial<Record<Verdict, string>>> = {
  [Verdict.GOOD]: "what arrived is, as far as this sum can tell, what was sent",
  [Verdict.BAD]: "the bytes that the sum covers are not those that it was made of; a receiver would drop the packet",
  [Verdict.PARTIAL]: "the packet was captured on its way out, before the network adapter filled the sum in",
  [Verdict.ABSENT]: "the sender made no sum, so that damage cannot be noticed here",
};

function verdictWords(verdict: Verdict, expected: number | undefined): string {
  switch (verdict) {
    case Verdict.GOOD:
      return "correct";
    case Verdict.BAD:
      return expected === undefined ? "incorrect" : `should be ${hex(expected, 2)}`;
    case Verdict.PARTIAL:
      return "partial: left to the hardware";
    case Verdict.ABSENT:
      return "none";
    default:
      return "unverified";
  }
}

/**
 * The checksum that bytes should have, whatever stands in the field now.
 *
 * @param start,end what it covers, both within the view
 * @param fieldAt the checksum itself, an even number of bytes from the start
 * @param pseudoHeaderSum what else it covers
 */
export function checksumOf(view: DataView, start: number, end: number, fieldAt: number, pseudoHeaderSum = 0): number {
  const before = sumBytes(view, start, fieldAt, pseudoHeaderSum);
  return finishChecksum(sumBytes(view, fieldAt + 2, end, before));
}
