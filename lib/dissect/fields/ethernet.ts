/** Fields of Ethernet: version II, and IEEE 802.3 with its logical link control (IEEE 802.2). */
import type { FieldReader } from "./field-reader.ts";
import { etherTypeText } from "./numbers.ts";
import type { Title } from "./place.ts";
import { hex, inBytes } from "./text.ts";

/** Up to here the last field of the header is a length, and no type. */
export const LARGEST_LENGTH = 1500;

/** The two lowest bits of an address's first byte; Wireshark reads them out of its first three. */
const LOCAL = 0x02_0000;
const GROUP = 0x01_0000;

export function describeEthernet(reader: FieldReader): Title {
  const destination = addressField(reader, "dst", "Destination");
  const source = addressField(reader, "src", "Source");
  const isLength = reader.peek(0, 2) <= LARGEST_LENGTH;
  if (isLength) reader.number("eth.len", "Length", 2, { text: inBytes });
  else reader.number("eth.type", "Type", 2, { text: etherTypeText });
  const standard = isLength ? "IEEE 802.3 Ethernet" : "Ethernet II";
  return { name: "eth", label: `${standard}, Src: ${source}, Dst: ${destination}` };
}

function addressField(reader: FieldReader, key: string, label: string): string {
  const parts = reader.inside(3);
  if (reader.remaining >= 6) {
    parts.flag(`eth.${key}.lg`, "LG bit", 3, LOCAL, {
      text: (is) =>
        is
          ? "Locally administered address (this is NOT the factory default)"
          : "Globally unique address (factory default)",
    });
    parts.flag(`eth.${key}.ig`, "IG bit", 3, GROUP, {
      text: (is) => (is ? "Group address (multicast/broadcast)" : "Individual address (unicast)"),
    });
  }
  return reader.mac(`eth.${key}`, label, { children: parts.fields });
}

const SAPS: Readonly<Record<number, string>> = {
  0: "NULL LSAP",
  66: "Spanning Tree BPDU",
  170: "SNAP",
  224: "NetWare",
  240: "NetBIOS",
  254: "ISO Network Layer",
};

const UNNUMBERED = 3;
const SNAP_LENGTH = 8;

/** The header behind the length of an 802.3 frame. */
export function describeLlc(reader: FieldReader): Title {
  const sap = (value: number) => `${SAPS[value & 0xfe] ?? "Unknown"} (${hex(value, 1)})`;
  reader.number("llc.dsap", "DSAP", 1, { text: sap });
  reader.number("llc.ssap", "SSAP", 1, { text: sap });
  const isUnnumbered = (reader.peek(0) & 3) === UNNUMBERED;
  reader.number("llc.control", "Control", isUnnumbered ? 1 : 2, { text: (value) => hex(value, isUnnumbered ? 1 : 2) });
  if (reader.end - reader.start === SNAP_LENGTH) {
    reader.number("llc.oui", "Organization Code", 3, { text: (value) => hex(value, 3) });
    reader.number("llc.type", "Type", 2, { text: etherTypeText });
  }
  return { name: "llc", label: "Logical-Link Control" };
}
