/** Fields of the IPv4 header that are shown in ways of their own. */
import { formatIpv4 } from "./address.ts";
import { hex, inBytes } from "./assigned-numbers.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldGroup, Shown } from "./fields.ts";
import { endOfSourceRoute, ipv4Options } from "./ipv4-options.ts";
import type { LayerContext } from "./layer.ts";

/** Bytes of a word in which the header's length is counted. */
export const IPV4_WORD = 4;
const ADDRESS_LENGTH = 4;

/** The three flags as one number. */
export const IPV4_FLAGS: FieldGroup = {
  filter: "flags",
  label: "Flags",
  about: "the three flags as one number",
  text: (value) => {
    const names = [value & 4 && "Reserved bit", value & 2 && "Don't fragment", value & 1 && "More fragments"];
    return [hex(value, 1), ...names.filter((name) => name !== 0)].join(", ");
  },
};

/** 0 stands where the adapter was to cut up the packet: then the frame tells the length, as in Wireshark. */
export function totalLengthField(reader: FieldReader, layer: LayerContext): void {
  if (reader.remaining < 2 || reader.peek(0, 2) !== 0) {
    const meaning = "header and data; what follows in the frame is no part of the packet";
    reader.number("ip.len", "Total Length", 2, { text: inBytes, meaning });
    return;
  }
  const length = layer.packetLength();
  reader.skip(2);
  reader.derived("ip.len", "Total Length", 2, 2, length, {
    text: `${inBytes(length)} (given as 0)`,
    meaning: "0 stands for a packet that the network adapter had yet to cut up: its length is that of the frame",
  });
}

/** Wireshark calls the last stop of a source route the destination, and so do filters. */
export function destinationField(reader: FieldReader, _layer: LayerContext, shown: Shown): string {
  const lastStopAt = lastStopOf(reader, reader.at + ADDRESS_LENGTH, shown);
  if (lastStopAt === 0) return reader.ipv4("ip.dst", "Destination Address");
  reader.ipv4("ip.cur_rt", "Current Route", {
    meaning: "the next stop; the packet goes to the last address of its route in the end",
  });
  return formatIpv4(reader.memory.view.getUint32(lastStopAt));
}

/** The options, which begin where the reader stands. */
export function optionFields(reader: FieldReader, _layer: LayerContext, shown: Shown): void {
  const lastStopAt = lastStopOf(reader, reader.at, shown);
  ipv4Options(reader, headerEnd(reader, shown) - reader.at, lastStopAt);
}

/** Where the last stop of a route stands that is still to be travelled, or 0. */
function lastStopOf(reader: FieldReader, optionsAt: number, shown: Shown): number {
  return endOfSourceRoute(reader.memory.bytes, optionsAt, Math.min(reader.end, headerEnd(reader, shown)));
}

function headerEnd({ start }: FieldReader, { internetHeaderLength }: Shown): number {
  return start + ((internetHeaderLength as number | undefined) ?? 0) * IPV4_WORD;
}
