/**
 * Where the addresses of a layer stand: those of fixed places by the table of its header, all others by the view of its
 * fields. Nothing here knows any protocol.
 */
import { describeLayer } from "../dissect/describe-layers.ts";
import type { PacketOutline } from "../dissect/outline.ts";
import { payloadParts } from "../dissect/payload.ts";
import { placeOf, readField } from "../headers/header-fields-at.ts";
import type { AnyHeader, LaidField } from "../headers/header-table.ts";
import type { AddressKind, Field } from "../headers/layer.ts";
import { allHeaders, headerOfKind, kindOf } from "../headers/registry.ts";
import { type ChecksumRule, flagOf } from "../headers/shared-fields.ts";

export const ADDRESS_LENGTHS: Readonly<Record<AddressKind, number>> = { mac: 6, ipv4: 4, ipv6: 16 };

/** An address of a fixed place. */
export interface PlacedAddress {
  readonly kind: AddressKind;
  /** The field, where other fields decide whether and where it stands; see `shiftOfField`. */
  readonly moving: LaidField | undefined;
  /** Bytes before it in the header, and up to its end. */
  readonly offset: number;
  readonly end: number;
}

/** The checksum of a header. */
export interface PlacedChecksum {
  readonly offset: number;
  readonly moving: LaidField | undefined;
  /** The flag without which it holds no sum, though its room may be there. */
  readonly flag: LaidField | undefined;
  readonly coversMessage: boolean;
  readonly hasPseudoHeader: boolean;
  /** What is written for a sum of 0, where 0 says that there is none. */
  readonly zeroAs: number | undefined;
  /** Whether no difference mends it: then it has 4 bytes, and not 2. */
  readonly isCrc: boolean;
  /** All that the table says of it. What is asked of every packet stands above, as the rules of tables have many shapes. */
  readonly rule: ChecksumRule;
}

/** What editing needs to know of a kind of layers. */
export interface LayerPlan {
  readonly header: AnyHeader;
  readonly addresses: readonly PlacedAddress[];
  readonly checksum: PlacedChecksum | undefined;
  /** The number that announces it in IP; 0 where none does. */
  readonly protocol: number;
  /** Where its length stands, header and data, in two bytes; -1 where it has none. */
  readonly lengthAt: number;
  /** Whether there can be addresses that the table does not place: always, or behind the fixed fields only. */
  readonly hidesAddresses: "never" | "behind fields" | "anywhere";
  /** Whether the header says by its other fields that something else stands where its addresses should. */
  readonly mayHoldOthers: boolean;
}

function planOf(header: AnyHeader): LayerPlan {
  const checksum = header.layout.find(({ spec }) => spec.auto?.kind === "checksum");
  return {
    header,
    addresses: header.layout.flatMap(placedAddress),
    checksum: checksum && placedChecksum(header, checksum),
    protocol: [header.follows?.ipProtocol ?? 0].flat()[0]!,
    lengthAt: header.layout.find(isOwnLength)?.offset ?? -1,
    hidesAddresses: hidingPlace(header),
    mayHoldOthers:
      header.check !== undefined && header.layout.filter(isAddress).every(({ spec }) => spec.show !== undefined),
  };
}

function isOwnLength({ spec: { auto, bits } }: LaidField): boolean {
  return auto?.kind === "length" && auto.from === "start" && bits === 16;
}

function isAddress({ spec: { type, isNoAddress } }: LaidField): boolean {
  return !isNoAddress && (type === "mac" || type === "ipv4" || type === "ipv6");
}

function placedAddress(field: LaidField): PlacedAddress[] {
  const { spec, offset, end } = field;
  return isAddress(field) ? [{ kind: spec.type as AddressKind, moving: movingField(field), offset, end }] : [];
}

function placedChecksum(header: AnyHeader, field: LaidField): PlacedChecksum {
  const rule = field.spec.auto as ChecksumRule;
  return {
    offset: field.offset,
    moving: movingField(field),
    flag: flagOf(header, field),
    coversMessage: rule.covers === "message",
    hasPseudoHeader: rule.hasPseudoHeader,
    zeroAs: rule.zeroAs,
    isCrc: rule.algorithm !== undefined,
    rule,
  };
}

/** Whatever is shown by a function may be an address. */
function hidingPlace({ hasAddressesInTable, showRest, layout }: AnyHeader): LayerPlan["hidesAddresses"] {
  if (hasAddressesInTable) return "never";
  const shown = layout.filter((field) => field.spec.show !== undefined && !isAddress(field));
  const hasRoom = ({ spec }: LaidField) => spec.type === "bytes" || spec.bits >= 8 * ADDRESS_LENGTHS.ipv4;
  if (shown.some(hasRoom)) return "anywhere";
  return showRest !== undefined || shown.some(({ spec }) => spec.type === "tail") ? "behind fields" : "never";
}

function movingField(field: LaidField): LaidField | undefined {
  return field.movedBy.length > 0 || field.isPresent !== undefined ? field : undefined;
}

/** Bytes by which a field of a layer stands behind its place in the table; -1 where it is not there. */
export function shiftOfField(
  plan: LayerPlan,
  field: LaidField | undefined,
  outline: PacketOutline,
  layer: number,
): number {
  if (field === undefined) return 0;
  const start = outline.starts[layer]!;
  const place = placeOf(plan.header, field, outline.view, start);
  return place === undefined ? -1 : place - start;
}

/** Where the checksum of a layer stands; -1 where it has none. */
export function checksumAt(plan: LayerPlan, outline: PacketOutline, layer: number): number {
  const { checksum } = plan;
  if (checksum === undefined) return -1;
  const { offset, moving, flag, isCrc } = checksum;
  const start = outline.starts[layer]!;
  const shift = shiftOfField(plan, moving, outline, layer);
  const at = start + offset + shift;
  if (shift < 0 || at + (isCrc ? 4 : 2) > outline.ends[layer]!) return -1;
  return flag === undefined || readField(outline.view, start, flag) !== false ? at : -1;
}

/** By LayerKind. */
const PLANS: readonly (LayerPlan | undefined)[] = listPlans();

function listPlans(): (LayerPlan | undefined)[] {
  const plans: (LayerPlan | undefined)[] = [];
  for (const header of allHeaders()) plans[kindOf(header)] = planOf(headerOfKind(kindOf(header))!);
  return plans;
}

/** @returns undefined for the kinds of layers that no header describes */
export function layerPlan(kind: number): LayerPlan | undefined {
  return PLANS[kind];
}

/** Whether the table of a header says where its addresses stand in this layer, so that the view need not be asked. */
export function isTableEnough(plan: LayerPlan, outline: PacketOutline, layer: number): boolean {
  const { header, hidesAddresses, mayHoldOthers } = plan;
  const length = outline.ends[layer]! - outline.starts[layer]!;
  if (mayHoldOthers && !fitsTable(header, outline, layer)) return false;
  if (hidesAddresses === "never") return true;
  if (hidesAddresses === "anywhere") return false;
  // Of a header that is cut off within its fixed fields, nothing else is there.
  if (length < header.fixedLength) return true;
  return header.showRest === undefined && length === header.fixedLength;
}

/** Whether the values that are there are such as the header refuses to be with others: then it holds other things. */
function fitsTable({ check, layout }: AnyHeader, { starts, ends, view }: PacketOutline, layer: number): boolean {
  const [start, end] = [starts[layer]!, ends[layer]!];
  const values: Record<string, unknown> = {};
  for (const field of layout) {
    if (field.spec.bits > 0 && start + field.end <= end) values[field.name] = readField(view, start, field);
  }
  return check!(values as never) === undefined;
}

/** Told of each address: its kind, and its first byte. */
export type FoundAddress = (kind: AddressKind, at: number) => void;

/** All addresses of a layer, wherever they stand. */
export function findInLayer(outline: PacketOutline, layer: number, found: FoundAddress): void {
  findInFields(describeLayer(outline, layer, {}).fields, found);
}

/** All addresses of the messages that a transport carries. */
export function findInPayload(outline: PacketOutline, found: FoundAddress): void {
  const { transportBytes: bytes, transportView: view, payloadAt, payloadEnd, end } = outline;
  for (const { reader } of payloadParts(outline, { bytes, view }, payloadAt, Math.min(payloadEnd, end))) {
    findInFields(reader.fields, found);
  }
}

function findInFields(fields: readonly Field[], found: FoundAddress): void {
  for (const { address, start, children } of fields) {
    if (address !== undefined) found(address, start);
    if (children !== undefined) findInFields(children, found);
  }
}
