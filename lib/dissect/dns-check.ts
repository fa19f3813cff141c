/**
 * Whether a message of DNS (RFC 1035, section 4.1) can be read to its end, without making anything of it. Apart from
 * `message-check.ts`, which knows all protocols: whoever writes DNS needs none of the others.
 */
import { dns, dnsOffsets } from "../headers/dns/dns.ts";
import { readName } from "../headers/dns/dns-names.ts";
import { findRecordDataProblem } from "../headers/dns/dns-records.ts";

/** Type and class. */
const QUESTION_LENGTH = 4;
/** Type, class, time to live and length of the data. */
const RECORD_LENGTH = 10;
/** More entries than this are a message made to tire its reader. */
const MOST_ENTRIES = 4096;
/** The highest bit of a class means something else in multicast DNS (RFC 6762, section 10.2). */
const CLASS_BITS = 0x7fff;

/** What is wrong with a message, and where: an index of its memory. */
export interface DnsProblem {
  readonly problem: string;
  readonly at: number;
}

/** @param start,end of the message, without a length before it */
export function checkDnsMessage(bytes: Uint8Array, start: number, end: number): DnsProblem | undefined {
  return new DnsCheck(bytes, start, end).run();
}

/** The last opcode that has a meaning (RFC 8490). */
const LAST_OPCODE = 6;

/** Whether a message begins as one of DNS does: whatever is wrong with the rest, a header and a question can be read. */
export function looksLikeDns(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < dns.fixedLength || ((bytes[start + 2]! >>> 3) & 0xf) > LAST_OPCODE) return false;
  const hasQuestions =
    bytes[start + dnsOffsets.questionCount] !== 0 || bytes[start + dnsOffsets.questionCount + 1] !== 0;
  const at = start + dns.fixedLength;
  if (!hasQuestions) return true;
  const name = readName(bytes, start, at, end);
  return name.problem === undefined && at + name.length + QUESTION_LENGTH <= end;
}

class DnsCheck {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#at = start + dns.fixedLength;
  }

  run(): DnsProblem | undefined {
    const start = this.#start;
    if (this.#end - start < dns.fixedLength) return { problem: "the header is cut off", at: this.#at };
    const questions = this.#short(start + dnsOffsets.questionCount);
    const records =
      this.#short(start + dnsOffsets.answerCount) +
      this.#short(start + dnsOffsets.authorityCount) +
      this.#short(start + dnsOffsets.additionalCount);
    for (let entry = 0; entry < Math.min(questions + records, MOST_ENTRIES); entry++) {
      const problem = this.#skipEntry(entry < questions);
      if (problem !== undefined) return { problem, at: this.#at };
    }
    return undefined;
  }

  /** Goes past a question or a record. @returns what is wrong with it */
  #skipEntry(isQuestion: boolean): string | undefined {
    if (this.#at >= this.#end) return "the message ends before its last entry";
    const name = readName(this.#bytes, this.#start, this.#at, this.#end);
    if (name.problem !== undefined) return name.problem;
    const fixed = this.#at + name.length;
    const next = fixed + (isQuestion ? QUESTION_LENGTH : RECORD_LENGTH);
    if (next > this.#end) return "an entry is cut off";
    this.#at = isQuestion ? next : next + this.#short(next - 2);
    if (this.#at > this.#end) return "the data of a record goes beyond the message";
    if (isQuestion) return undefined;
    const [type, classNumber] = [this.#short(fixed), this.#short(fixed + 2) & CLASS_BITS];
    const problem = findRecordDataProblem(this.#bytes, this.#start, next, this.#at, type, classNumber);
    if (problem !== undefined) this.#at = next;
    return problem;
  }

  #short(at: number): number {
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!;
  }
}
