/** What can be asked of `edit`. What addresses and frames are made into, their own rooms look at. */
import {
  ANYTHING,
  BOOLEAN,
  FUNCTION,
  LIST,
  type OptionRule,
  type OptionRules,
  oneOf,
  TEXT,
} from "./core/option-rules.ts";
import type { Moment } from "./core/time.ts";
import type { IpRule, MacRule } from "./edit/address-map.ts";
import type { FrameRange } from "./edit/selection.ts";
import type { SplitRule } from "./edit/splitter.ts";
import { CAPTURE_FORMATS, type CaptureFormat } from "./pcap/capture-file.ts";

/** What is to be done; whatever is left out is not done. */
export interface EditOptions {
  /** Further captures, merged with the input by time. */
  readonly merge?: readonly string[] | undefined;
  /** A display filter: only packets that match are kept. It is asked before anything is changed. */
  readonly filter?: string | undefined;
  /** Only frames of these numbers are kept. */
  readonly ranges?: readonly FrameRange[] | undefined;
  /** Added to the time of every packet; not beside `start`. */
  readonly shift?: Moment | undefined;
  /** The time of the first packet that is kept; all others keep their distance to it. */
  readonly start?: Moment | undefined;
  /** Of those that fit an address, the first counts. */
  readonly mapIp?: readonly IpRule[] | undefined;
  /** Of those that fit an address, the first counts. */
  readonly mapMac?: readonly MacRule[] | undefined;
  /** Addresses that no rule fits are made unknowable under this key: 64 hexadecimal digits, or a passphrase. */
  readonly anonymizeKey?: string | undefined;
  /** Whether addresses in DNS answers are changed as those in headers are. */
  readonly dns?: boolean | undefined;
  /** The most bytes of a frame that are kept. */
  readonly snapLength?: number | undefined;
  /** Whether what the innermost header carries is cut off. */
  readonly stripPayload?: boolean | undefined;
  /** The VLAN of every Ethernet frame, 1 to 4094; 0 makes a tag that is for its priority alone; `none` takes all tags away. */
  readonly vlan?: number | "none" | undefined;
  /** A LINKTYPE number of `LINK_TARGETS`. */
  readonly linkType?: number | undefined;
  /** Default: by the output's name; on standard output, that of the input. */
  readonly format?: CaptureFormat | undefined;
  /** How the output is split. Default: it is one file. */
  readonly splitBy?: SplitRule | undefined;
  /** Called now and then with the bytes read, and the size of the input where it is known. */
  readonly onProgress?: ((bytesRead: number, size: number | undefined) => void) | undefined;
}

/** An object, or a list of objects, with such numbers. */
const withNumbers =
  (names: readonly string[], advice: string): OptionRule =>
  (value) =>
    names.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === "number") ? undefined : advice;

const RANGE = withNumbers(["first", "last"], 'give a list, as parseFrameRanges("5-90") makes it');

export const EDIT_RULES: OptionRules<EditOptions> = {
  merge: LIST,
  filter: TEXT,
  ranges: (value) => (Array.isArray(value) ? value.map(RANGE).find((advice) => advice !== undefined) : RANGE(value)),
  shift: withNumbers(["seconds", "nanoseconds"], 'give { seconds, nanoseconds }, as parseShift("2h") makes it'),
  start: withNumbers(["seconds", "nanoseconds"], "give { seconds, nanoseconds }, of which the seconds are since 1970"),
  mapIp: LIST,
  mapMac: LIST,
  anonymizeKey: TEXT,
  dns: BOOLEAN,
  snapLength: ANYTHING,
  stripPayload: BOOLEAN,
  vlan: (value) => (typeof value === "number" || value === "none" ? undefined : 'give a number, or "none"'),
  linkType: ANYTHING,
  format: oneOf(...CAPTURE_FORMATS),
  splitBy: (value) =>
    typeof (value as { by?: unknown } | null)?.by === "string"
      ? undefined
      : 'give a rule, as parseSplitRule("minutes 5")',
  onProgress: FUNCTION,
};
