/**
 * A header that is described by its table and has a codec already: of the table come the view of its fields, the fields that
 * filters know, and its drawing. Apart from `define-header.ts`, which makes the codec, too: who has one needs no other.
 */

import { badField } from "../core/errors.ts";
import {
  type Codec,
  type FieldTable,
  type Header,
  type HeaderParts,
  type LaidField,
  lay,
  type StackedHeader,
} from "./header-table.ts";
import { MadeHeader, NOTHING } from "./made-header.ts";
import { stackRules } from "./stack-rules.ts";
import { bytesOf, FieldWriter } from "./written-fields.ts";

/**
 * Makes a header of the table of its fields, and of a codec that a test holds equal to the table's: for those that are made and
 * read by the million.
 *
 * @param codec of the laid out table
 * @throws PacketError BAD_FIELD as `defineHeader`
 */
export function describeWithCodec<const Table extends FieldTable>(
  parts: HeaderParts<Table>,
  codec: Codec<Table>,
): Header<Table> {
  return describeHeader(parts, layOut(parts), codec);
}

/** The fields of a table in their places. */
export interface Layout {
  readonly fields: readonly LaidField[];
  readonly fixedLength: number;
  readonly lengthField: LaidField | undefined;
}

/** @throws PacketError BAD_FIELD for a table that cannot be */
export function layOut<const Table extends FieldTable>({ fields, layer, tail }: HeaderParts<Table>): Layout {
  const layout = lay(fields);
  requireSoundTable(layer, layout, tail !== undefined);
  return {
    fields: layout,
    fixedLength: layout.findLast(({ spec }) => spec.type !== "tail" && spec.presentIf === undefined)?.end ?? 0,
    lengthField: layout.find(({ spec }) => spec.auto?.kind === "headerLength"),
  };
}

export function describeHeader<const Table extends FieldTable>(
  parts: HeaderParts<Table>,
  { fields: layout, fixedLength, lengthField }: Layout,
  codec: Codec<Table>,
): Header<Table> {
  const described: Description<Table> = {
    ...parts,
    layout,
    fixedLength,
    announcer: layout.find(({ spec }) => spec.announces !== undefined),
    lengthField,
    checksumField: layout.find(({ spec }) => spec.auto?.kind === "checksum"),
    rules: stackRules(parts as unknown as HeaderParts<FieldTable>, layout, fixedLength, codec as Codec<FieldTable>),
    ...codec,
  };
  return callable(described, new FieldWriter(parts.layer, layout, described.rules));
}

/** All of a header but that it can be called. */
type Description<Table extends FieldTable> = { readonly [Name in keyof Header<Table>]: Header<Table>[Name] };

/** The header as the function that makes one for a stack, whose own properties are all that is known of it. */
function callable<Table extends FieldTable>(described: Description<Table>, writer: FieldWriter): Header<Table> {
  const { layer, rules } = described;
  const make = (
    written: Readonly<Record<string, unknown>> = NOTHING,
    trailer?: string | Uint8Array,
  ): StackedHeader<Table> => {
    const end = trailer === undefined ? undefined : bytesOf(trailer, layer, "trailer");
    const made = new MadeHeader(header, rules, end);
    writer.read(written, made);
    return made as StackedHeader<Table>;
  };
  // A function has a name of its own, which cannot be assigned to.
  const properties = Object.getOwnPropertyDescriptors(described);
  const header = Object.defineProperties(make, properties) as unknown as Header<Table>;
  return header;
}

const MOST_BITS = 32;

/** @param isJoint whether all fields of the tail are written and read together */
function requireSoundTable(layer: string, layout: readonly LaidField[], isJoint: boolean): void {
  let before: LaidField | undefined;
  let tail: LaidField | undefined;
  for (const field of layout) {
    const problem = tailProblem(field, tail, isJoint) ?? problemOf(field);
    if (problem !== undefined) throw badField(layer, field.offset, problem);
    if (field.spec.type === "tail") tail = field;
    if (field.spec.type !== "option" && field.isPresent === undefined) before = field;
  }
  const bit = before === undefined ? 0 : before.firstBit + before.spec.bits;
  if (bit % 8 !== 0) throw badField(layer, bit >>> 3, "the fields end within a byte");
}

/** Nothing stands behind a tail but, where each is there in some headers only or all are written together, another. */
function tailProblem(
  { name, spec, isPresent }: LaidField,
  tail: LaidField | undefined,
  isJoint: boolean,
): string | undefined {
  if (spec.type === "option") return undefined;
  const isTail = spec.type === "tail";
  if (isTail && (spec.tail === undefined) !== isJoint) {
    return isJoint ? `${name} has a codec of its own beside that of the tail` : `nothing says how ${name} is written`;
  }
  if (tail === undefined) return undefined;
  const isOther = isTail && (isJoint || (isPresent !== undefined && tail.isPresent !== undefined));
  return isOther ? undefined : `${name} stands behind ${tail.name}, which is the tail`;
}

/** What is wrong with a field of a table, wherever it stands. */
function problemOf({ name, spec, firstBit, offset, end, largest }: LaidField): string | undefined {
  if (spec.type === "option") return undefined;
  if (spec.type !== "number" && spec.type !== "flag") {
    return firstBit % 8 === 0 ? undefined : `${name} begins within a byte`;
  }
  const isWhole = Number.isInteger(spec.bits) && spec.bits >= 1 && spec.bits <= MOST_BITS;
  if (!isWhole || end - offset > MOST_BITS / 8) {
    return `${name} has ${spec.bits} bits, and can have 1 to ${MOST_BITS}, in ${MOST_BITS / 8} bytes`;
  }
  if (spec.presentIf !== undefined && (firstBit % 8 !== 0 || spec.bits % 8 !== 0)) {
    return `${name} is there in some headers only, and has no whole bytes`;
  }
  const parts = spec.parts?.reduce((sum, { bits }) => sum + bits, 0);
  if (parts !== undefined && parts !== spec.bits) {
    return `the parts of ${name} have ${parts} bits, and must have ${spec.bits}`;
  }
  const isTooLarge = typeof spec.default === "number" && !(spec.default >= 0 && spec.default <= largest);
  return isTooLarge ? `the default of ${name} is ${spec.default}, and can be 0 to ${largest}` : undefined;
}
