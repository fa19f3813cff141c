/** A header in a stack as its maker leaves it: with what the stack would otherwise have to look for, packet by packet. */
import type { AnyHeader, AnyStackedHeader, HeaderRules } from "./header-table.ts";
import type { ReadFields } from "./written-fields.ts";

const NOTHING: Readonly<Record<string, unknown>> = {};

export class MadeHeader implements ReadFields {
  readonly header: AnyHeader;
  readonly trailer: Uint8Array | undefined;
  readonly rules: HeaderRules;
  fields = NOTHING;
  isComplete = false;
  isAnnouncing = false;
  /** Bytes of the header, once they have been counted: what is complete always has as many. */
  length = -1;

  constructor(header: AnyHeader, rules: HeaderRules, trailer: Uint8Array | undefined) {
    this.header = header;
    this.rules = rules;
    this.trailer = trailer;
  }
}

/** What is known of a header in a stack, whoever made it: of one put together by hand, nothing but what it is. */
export function madeHeader(stacked: AnyStackedHeader): MadeHeader {
  if (stacked instanceof MadeHeader) return stacked;
  const made = new MadeHeader(stacked.header, stacked.header.rules, stacked.trailer);
  made.fields = stacked.fields;
  made.isAnnouncing = made.rules.announcer !== undefined && made.fields[made.rules.announcer] !== undefined;
  return made;
}
