/**
 * A protocol's header, described once: from the table of its fields come its encoder, its decoder, the view of its fields,
 * the fields that filters know, and its drawing. What a table cannot say is a function beside it.
 */

import { describeHeader, layOut } from "./describe-with-codec.ts";
import { HeaderCodec, type Values } from "./header-codec.ts";
import type { Codec, FieldTable, Header, HeaderParts } from "./header-table.ts";

/**
 * Makes a header of the table of its fields: encoder, decoder, the view of its fields, and what filters know of it.
 *
 * @throws PacketError BAD_FIELD for a table that cannot be: its numbers have up to 32 bits and lie in up to 4 bytes, all else
 *   begins with a byte, and nothing follows a tail
 *
 * @example
 * ```ts
 * import { decodePacket, defineHeader, encodePacket, ethernet, fields } from "wirewright";
 *
 * const beacon = defineHeader({
 *   name: "beacon",
 *   layer: "beacon",
 *   about: "a beacon",
 *   summary: "A beacon",
 *   fields: {
 *     version: fields.u8({ label: "Version", filter: "version", default: 1 }),
 *     count: fields.u16({ label: "Count", filter: "count" }),
 *   },
 * });
 * const bytes = encodePacket([ethernet({ etherType: 0x88b5 }), beacon({ count: 7 })]);
 * console.log(beacon.decode(bytes, 14, bytes.length).count, decodePacket(bytes).length); // 7 2
 * ```
 */
export function defineHeader<const Table extends FieldTable>(parts: HeaderParts<Table>): Header<Table> {
  const layout = layOut(parts);
  const { fields, fixedLength, lengthField } = layout;
  const codec = new HeaderCodec(parts as unknown as HeaderParts<FieldTable>, fields, fixedLength, lengthField);
  const byTable: Codec<Table> = {
    byteLength: (header) => codec.byteLength(header as Values),
    encodeInto: (header, bytes, offset, end, following, pseudoHeaderSum) =>
      codec.encodeInto(header as Values, bytes, offset, end, following, pseudoHeaderSum),
    decode: (bytes, offset, end, limitedBy) => codec.decode(bytes, offset, end, limitedBy) as never,
  };
  return describeHeader(parts, layout, byTable);
}
