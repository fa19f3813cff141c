/** Frames of any headers, whose values are those that their codecs take: every one of them typed, and none left out by mistake. */
import type { AnyHeader, AnyStackedHeader, FieldTable, Header, HeaderOf } from "../../../lib/headers/header-table.ts";
import { encodePacket, encodePacketInto } from "../../../lib/headers/packet.ts";
import { raw } from "../../../lib/headers/raw.ts";

export type Values = Readonly<Record<string, unknown>>;

export interface StackedHeader {
  readonly header: AnyHeader;
  readonly values: Values;
}

/** A header with its values, for which its table knows the types. */
export function of<Table extends FieldTable>(header: Header<Table>, values: HeaderOf<Table>): StackedHeader {
  return { header, values: values as Values };
}

/** @param stack the outermost first @param payload what the innermost carries @param begins the header that it begins with */
export function encodeStack(stack: readonly StackedHeader[], payload: Uint8Array, begins?: AnyHeader): Uint8Array {
  return encodePacket(packetOf(stack, payload, begins));
}

/** The same at `offset` of a buffer that has room. @returns where it ends */
export function encodeStackInto(
  stack: readonly StackedHeader[],
  payload: Uint8Array,
  bytes: Uint8Array,
  offset: number,
): number {
  return offset + encodePacketInto(packetOf(stack, payload), bytes, offset);
}

function packetOf(stack: readonly StackedHeader[], payload: Uint8Array, begins?: AnyHeader): AnyStackedHeader[] {
  const packet: AnyStackedHeader[] = stack.map(({ header, values }) => ({ header, fields: values }));
  const last = packet.at(-1);
  const space = last?.header.announcer?.spec.announces;
  const number = space && [begins?.follows?.[space]].flat()[0];
  if (last !== undefined && number !== undefined) {
    packet[packet.length - 1] = {
      ...last,
      fields: { [last.header.announcer!.name]: number, ...(last.fields as Values) },
    };
  }
  return [...packet, raw(payload)];
}

/** Where the header at `index` of a stack begins. */
export function startOf(stack: readonly StackedHeader[], index: number): number {
  return stack.slice(0, index).reduce((sum, { header, values }) => sum + header.byteLength(values as never), 0);
}
