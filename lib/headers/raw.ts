/** Bytes that no header describes, as a part of a stack. */
import { defineHeader } from "./define-header.ts";
import { restOfHeader, tail } from "./fields.ts";
import type { StackedHeader } from "./header-table.ts";
import { bytesOf } from "./written-fields.ts";

const LAYER = "data";

export const rawData = defineHeader({
  name: "data",
  protocol: "Data",
  layer: LAYER,
  fields: {
    /** The bytes as they are. Default: none. */
    data: tail(restOfHeader),
  },
  endsWithPacket: true,
  about: "bytes that nobody looks into",
  summary: "Data",
});

/**
 * Bytes or text for a stack: data, or whatever no header describes.
 *
 * @param data as text, which is written in UTF-8, or as bytes
 * @throws PacketError BAD_FIELD for anything else
 */
export function raw(data: string | Uint8Array = ""): StackedHeader<typeof rawData.fields> {
  return rawData({ data: bytesOf(data, LAYER, "data") });
}
