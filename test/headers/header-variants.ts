/** What can become of the packets in the table of all headers: cut off anywhere, and with lengths that are wrong. */
import { ethernet } from "../../lib/headers/ethernet.ts";
import type { LaidField } from "../../lib/headers/header-table.ts";
import { encodeStack, of, type StackedHeader, startOf, type Values } from "../helpers/captures/header-stack.ts";
import { type Entry, type Packet, stackOf } from "./header-entry.ts";
import { fromHex } from "./vectors.ts";

export interface Variant {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** On the wire. */
  readonly wireLength: number;
  /** Whether it is as it should be: else it shows how far one reads. */
  readonly isWhole: boolean;
}

/** Everything that is looked at of one header. */
export function variantsOf(entry: Entry): Variant[] {
  const { header, defaults, given, more = {} } = entry;
  const variants = [
    whole("defaults", fromHex(defaults.frame)),
    whole("given", fromHex(given.frame)),
    ...Object.entries(more).map(([name, { frame }]) => whole(name, fromHex(frame))),
    ...flagsAlone(entry),
    ...wrongLengths(entry),
    ...cuts(entry, given, ""),
    ...Object.entries(more).flatMap(([name, packet]) => cuts(entry, packet, `${name} `)),
  ];
  return variants.map((variant) => ({ ...variant, name: `${header.name} ${header.layer}, ${variant.name}` }));
}

function whole(name: string, bytes: Uint8Array): Variant {
  return { name, bytes, wireLength: bytes.length, isWhole: true };
}

function changed(entry: Entry, packet: Packet, name: string, values: Values): Variant {
  const { stack, payload } = stackOf(entry, packet, values);
  return whole(name, encodeStack(stack, payload));
}

/** Each flag, so that none can be taken for another. */
function flagsAlone(entry: Entry): Variant[] {
  return entry.header.layout.flatMap(({ name, spec }) => {
    if (spec.type === "flag") return [changed(entry, entry.defaults, `${name} alone`, { [name]: true })];
    const isFlags = spec.parts?.every(({ bits }) => bits === 1) === true;
    if (!isFlags) return [];
    return spec.parts.map(({ filter }, index) =>
      changed(entry, entry.defaults, `${filter} alone`, { [name]: 2 ** (spec.bits - 1 - index) }),
    );
  });
}

function wrongLengths(entry: Entry): Variant[] {
  const { header, given, counts = [] } = entry;
  const isLength = ({ name, spec }: LaidField) =>
    counts.includes(name) || spec.auto?.kind === "length" || spec.auto?.kind === "headerLength";
  return header.layout.filter(isLength).flatMap(({ name, largest }) => {
    const right = given.values[name] as number;
    const wrong = new Set([0, 1, right - 1, right + 1, largest]);
    wrong.delete(right);
    return [...wrong].map((value) => ({
      ...changed(entry, given, `${name} of ${value}`, { [name]: value }),
      isWhole: false,
    }));
  });
}

/** Of each header in turn, so that what is before it is whole: as a capture has it that was cut, and as a packet that ends. */
function cuts(entry: Entry, packet: Packet, name: string): Variant[] {
  const { header } = entry;
  const frame = fromHex(packet.frame);
  const { stack, own } = stackOf(entry, packet);
  const [start, end] = [startOf(stack, own), startOf(stack, own + 1)];
  return Array.from({ length: end - start }, (_, there) => {
    const own = frame.subarray(start, start + there);
    const cut = frame.subarray(0, start + there);
    const before = shortened(
      stack.slice(
        0,
        stack.findIndex((each) => each.header === header),
      ),
      there,
    );
    return [
      { name: `${name}cut to ${there}`, bytes: cut, wireLength: frame.length, isWhole: false },
      { ...whole(`${name}ends after ${there}`, encodeStack(before, own, header)), isWhole: false },
    ];
  }).flat();
}

/** The length that an 802.3 header gives is its own, and not computed. */
function shortened(stack: readonly StackedHeader[], length: number): readonly StackedHeader[] {
  return stack.map(({ header, values }) =>
    header === ethernet && values.etherType !== undefined
      ? of(ethernet, { ...values, etherType: length } as never)
      : { header, values },
  );
}
