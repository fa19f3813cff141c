/** Frames of any headers, one in the other, each with its lengths and checksums unless they are given. */
import { viewOf } from "../../../lib/core/bytes.ts";
import { sumBytes } from "../../../lib/core/checksum.ts";
import type { NumberSpace } from "../../../lib/headers/fields.ts";
import type { AnyHeader, FieldTable, Header, HeaderOf } from "../../../lib/headers/header-table.ts";
import { ipv4, ipv4Offsets } from "../../../lib/headers/ipv4.ts";
import { ipv6, ipv6Offsets } from "../../../lib/headers/ipv6.ts";
import { AddressFamily } from "../../../lib/headers/loopback.ts";

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
  const bytes = new Uint8Array(startOf(stack, stack.length) + payload.length);
  encodeStackInto(stack, payload, bytes, 0, begins);
  return bytes;
}

/** The same at `offset` of a buffer that has room. @returns where it ends */
export function encodeStackInto(
  stack: readonly StackedHeader[],
  payload: Uint8Array,
  bytes: Uint8Array,
  offset: number,
  begins?: AnyHeader,
): number {
  const payloadAt = offset + startOf(stack, stack.length);
  const end = payloadAt + payload.length;
  bytes.set(payload, payloadAt);
  for (let index = stack.length - 1; index >= 0; index--) {
    const { header, values } = stack[index]!;
    const at = offset + startOf(stack, index);
    const space = header.announcer?.spec.announces;
    const following = space && numberOf(space, stack[index + 1]?.header ?? begins);
    const sum = coversPseudoHeader(header) ? pseudoHeaderSum(stack, index, end - at) : undefined;
    header.encodeInto(values as never, bytes, at, end, following, sum);
  }
  return end;
}

/** Where the header at `index` of a stack begins. */
export function startOf(stack: readonly StackedHeader[], index: number): number {
  return stack.slice(0, index).reduce((sum, { header, values }) => sum + header.byteLength(values as never), 0);
}

function numberOf(space: NumberSpace, header: AnyHeader | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (space === "addressFamily") return header === ipv4 ? AddressFamily.IPV4 : AddressFamily.IPV6_DARWIN;
  return [header.follows?.[space]].flat()[0];
}

function coversPseudoHeader({ layout }: AnyHeader): boolean {
  return layout.some(({ spec }) => spec.auto?.kind === "checksum" && spec.auto.hasPseudoHeader);
}

/** @param length of the message, which the header at `index` begins */
function pseudoHeaderSum(stack: readonly StackedHeader[], index: number, length: number): number {
  const { header, values } = stack.findLast(({ header }, at) => at < index && (header === ipv4 || header === ipv6))!;
  const bytes = new Uint8Array(header.byteLength(values as never));
  header.encodeInto(values as never, bytes, 0, bytes.length, 0);
  const [from, size] = header === ipv4 ? [ipv4Offsets.source, 8] : [ipv6Offsets.source, 32];
  const protocol = [stack[index]!.header.follows?.ipProtocol].flat()[0]!;
  return sumBytes(viewOf(bytes), from, from + size) + protocol + length;
}
