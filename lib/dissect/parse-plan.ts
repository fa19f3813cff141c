/**
 * What parsing needs of the tables of headers, picked out once: packets are parsed by the million, and a table has much more
 * to say.
 */
import type { NumberSpace } from "../headers/fields.ts";
import { headerLength, readField } from "../headers/header-fields-at.ts";
import type { AnyHeader, Following, LaidField } from "../headers/header-table.ts";
import { LayerKind } from "../headers/layer.ts";
import { allHeaders, isMessage, kindOf, tunnelHeader } from "../headers/registry.ts";
import { flagOf } from "../headers/shared-fields.ts";
import { serviceTag } from "../headers/vlan.ts";

export interface ParsePlan {
  readonly header: AnyHeader;
  /** Of its layers: to the dissector, tags of providers are tags like others. */
  readonly kind: LayerKind;
  readonly layer: string;
  readonly fixedLength: number;
  /** Whether every such header has just its fixed length. */
  readonly isFixed: boolean;
  readonly lengthAt: AnyHeader["lengthAt"];
  /** Fields that must have a value, and the same as bits of the first four bytes, where all of them lie in these. */
  readonly required: readonly LaidField[];
  readonly requiredMask: number;
  readonly requiredBits: number;
  /** The field that says how much the header carries. */
  readonly contents: LaidField | undefined;
  /** The checksum, where no pseudo-header belongs to it: all others need more than the table. */
  readonly checksum: LaidField | undefined;
  /** The flag that says whether the header has it; the room for it is there also for other fields. */
  readonly checksumFlag: LaidField | undefined;
  readonly next: AnyHeader["next"];
  readonly variantAt: AnyHeader["variantAt"];
  /** What is wrong with a message that the header begins with all that it carries; left out for what a transport carries. */
  readonly findProblem: AnyHeader["findProblem"];
  readonly announcer: LaidField | undefined;
}

function planOf(header: AnyHeader): ParsePlan {
  const { layer, fixedLength, lengthAt, lengthField, endsWithPacket, layout, next, announcer } = header;
  const checksum = layout.find(({ spec }) => spec.auto?.kind === "checksum" && !spec.auto.hasPseudoHeader);
  const required = layout.filter(({ spec }) => spec.must !== undefined);
  const isOptional = layout.some(({ isPresent }) => isPresent !== undefined);
  return {
    header,
    kind: header === serviceTag ? LayerKind.VLAN : (kindOf(header) as LayerKind),
    layer,
    fixedLength,
    isFixed: lengthAt === undefined && lengthField === undefined && endsWithPacket !== true && !isOptional,
    lengthAt,
    required,
    ...(required.every(({ end }) => end <= WORD) ? requiredBits(required) : { requiredMask: 0, requiredBits: 0 }),
    contents: layout.find(({ spec }) => spec.auto?.kind === "length"),
    checksum,
    checksumFlag: checksum && flagOf(header, checksum),
    next,
    variantAt: header.variantAt,
    findProblem: isMessage(header) ? undefined : header.findProblem,
    announcer,
  };
}

const WORD = 4;

function requiredBits(required: readonly LaidField[]): Pick<ParsePlan, "requiredMask" | "requiredBits"> {
  let [mask, bits] = [0, 0];
  for (const { firstBit, spec, largest } of required) {
    const shift = WORD * 8 - firstBit - spec.bits;
    mask |= largest << shift;
    bits |= spec.must! << shift;
  }
  return { requiredMask: mask, requiredBits: bits };
}

const PLANS: ReadonlyMap<AnyHeader, ParsePlan> = new Map(allHeaders().map((header) => [header, planOf(header)]));
const BY_NUMBER: ReadonlyMap<NumberSpace, ReadonlyMap<number, ParsePlan>> = listByNumber();

function listByNumber(): Map<NumberSpace, Map<number, ParsePlan>> {
  const spaces = new Map<NumberSpace, Map<number, ParsePlan>>();
  for (const [header, plan] of PLANS) {
    for (const [space, numbers] of Object.entries(header.follows ?? {})) {
      const list = spaces.get(space as NumberSpace) ?? new Map<number, ParsePlan>();
      // As in the registry: of several that a number announces, the first tells which it is.
      for (const number of [numbers].flat()) if (!list.has(number)) list.set(number, plan);
      spaces.set(space as NumberSpace, list);
    }
  }
  return spaces;
}

/** Of the protocol that a number announces. */
export function planFor(space: NumberSpace, number: number): ParsePlan | undefined {
  return BY_NUMBER.get(space)?.get(number);
}

/** The same, by the first bytes of the header too. @param end of what is there @param wireEnd and of what was */
export function planAt(
  space: NumberSpace,
  number: number,
  view: DataView,
  at: number,
  end: number,
  wireEnd: number,
): ParsePlan | undefined {
  const plan = planFor(space, number);
  if (plan?.variantAt === undefined || end <= at) return plan;
  const variant = plan.variantAt(view, at, wireEnd);
  return variant === undefined ? plan : PLANS.get(variant);
}

/** Of the header of a tunnel that a datagram carries, as `tunnelHeader` finds it. */
export function tunnelPlan(
  sourcePort: number,
  destinationPort: number,
  view: DataView,
  at: number,
  end: number,
): ParsePlan | undefined {
  const header = tunnelHeader(sourcePort, destinationPort, view, at, end);
  return header && PLANS.get(header);
}

/** Whether what begins at `at` can be such a header, as far as it goes: every field that must have a value has it. */
export function canBeAt(plan: ParsePlan, view: DataView, at: number, end: number): boolean {
  const { required, requiredMask } = plan;
  if (required.length === 0) return true;
  if (requiredMask !== 0 && at + WORD <= end) return (view.getInt32(at) & requiredMask) === plan.requiredBits;
  for (const field of required) {
    if (at + field.end <= end && readField(view, at, field) !== field.spec.must) return false;
  }
  return true;
}

/** Bytes of the header at `at`, of which the fields of fixed places are there. */
export function lengthOf(plan: ParsePlan, view: DataView, at: number, end: number): number {
  if (plan.isFixed) return plan.fixedLength;
  return plan.lengthAt === undefined ? headerLength(plan.header, view, at, end) : plan.lengthAt(view, at, end);
}

/**
 * Where that ends which a header carries, by the length in the header; undefined where it has none, or not all of it is there.
 *
 * @param at,next where the header begins, and the byte behind it
 */
export function endOfContents({ contents }: ParsePlan, view: DataView, at: number, next: number): number | undefined {
  if (contents === undefined || at + contents.end > next) return undefined;
  const auto = contents.spec.auto as { readonly from: "start" | "end"; readonly minus?: number };
  return (auto.from === "start" ? at : next) + (auto.minus ?? 0) + (readField(view, at, contents) as number);
}

/** What follows a header, by its own account; undefined where nothing does that anybody knows. */
export function followingOf(
  { next: nextOf, announcer }: ParsePlan,
  view: DataView,
  at: number,
  next: number,
  end: number,
): Following | undefined {
  if (nextOf !== undefined) return nextOf(view, at, next, end);
  return announcer && [announcer.spec.announces!, readField(view, at, announcer) as number];
}

/** Of the layers of a kind. */
export function planOfKind(kind: number): ParsePlan | undefined {
  return BY_KIND.get(kind);
}

const BY_KIND: ReadonlyMap<number, ParsePlan> = new Map([...PLANS].map(([header, plan]) => [kindOf(header), plan]));
