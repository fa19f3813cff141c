/** One header of a packet changed, and what follows from it in all others. */
import { badOption } from "../core/given.ts";
import { type DecodePacketOptions, decodePacket } from "./decode-packet.ts";
import type { AnyStackedHeader, FieldTable, Header, HeaderOf } from "./header-table.ts";
import { encodePacket, findHeader } from "./packet.ts";

/**
 * The same packet with other fields in its outermost header of a protocol. Lengths and checksums, those of other headers too, are
 * computed anew where they were right; what was wrong, or left to the network adapter, stays as it was, and what is given is taken.
 *
 * @param header the function that makes it: `tcp`
 * @param fields those that change, as in a stack: addresses as text, flags by their names
 * @throws PacketError BAD_FIELD as `encodePacket`; WirewrightError BAD_OPTION for a packet without such a header
 *
 * @example
 * ```ts
 * import { changePacket, decodePacket, encodePacket, ethernet, findHeader, ipv4, tcp } from "wirewright";
 *
 * const bytes = encodePacket([ethernet(), ipv4({ destination: "10.0.0.2" }), tcp({ destinationPort: 80, flags: "SYN" })]);
 * const changed = changePacket(bytes, tcp, { destinationPort: 443 });
 * console.log(findHeader(decodePacket(changed), tcp)?.fields.destinationPort, changed.length); // 443 54
 * ```
 */
export function changePacket<Table extends FieldTable>(
  bytes: Uint8Array,
  header: Header<Table>,
  fields: Parameters<Header<Table>>[0],
  options: Pick<DecodePacketOptions, "linkType"> = {},
): Uint8Array {
  const stack = decodePacket(bytes, options);
  const changing = findHeader(stack, header);
  if (changing === undefined) throw noSuchHeader(stack, header.name);
  const computed = decodePacket(encodePacket(stack.map((stacked) => without(stacked, isComputed))), options);
  const left = stack.map((stacked, index) => {
    const right = computed[index]?.fields ?? {};
    const kept = without(stacked, (name, field) => isComputed(name, field) && right[name] === stacked.fields[name]);
    return stacked === changing ? header({ ...kept.fields, ...fields } as HeaderOf<Table>, stacked.trailer) : kept;
  });
  return encodePacket(left);
}

type Field = AnyStackedHeader["header"]["layout"][number];

/** Whether it follows from the rest of the packet. */
function isComputed(_name: string, { spec }: Field): boolean {
  return spec.auto !== undefined;
}

function without(stacked: AnyStackedHeader, isLeftOut: (name: string, field: Field) => boolean): AnyStackedHeader {
  const out = new Set(stacked.header.layout.flatMap((field) => (isLeftOut(field.name, field) ? [field.name] : [])));
  const fields = Object.fromEntries(Object.entries(stacked.fields).filter(([name]) => !out.has(name)));
  return { header: stacked.header, fields, trailer: stacked.trailer };
}

function noSuchHeader(stack: readonly AnyStackedHeader[], name: string) {
  const names = stack.map(({ header }) => header.name).join(", ");
  return badOption(`The packet has no header ${name}, which is to be changed; it has ${names}.`);
}
