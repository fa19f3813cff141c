/** Fields of a VLAN tag: IEEE 802.1Q, and the service tags of 802.1ad. The layer begins behind the type that announces it. */

import { LARGEST_LENGTH } from "./ethernet.ts";
import type { FieldReader } from "./field-reader.ts";
import { etherTypeText } from "./numbers.ts";
import type { Title } from "./place.ts";
import { inBytes } from "./text.ts";

const SERVICE_TAG = 0x88a8;

const PRIORITY = 0xe000;
const DROP_ELIGIBLE = 0x1000;
const IDENTIFIER = 0x0fff;

const PRIORITIES = [
  "Best Effort (default)",
  "Background",
  "Excellent Effort",
  "Critical Applications",
  "Video, < 100ms latency and jitter",
  "Voice, < 10ms latency and jitter",
  "Internetwork Control",
  "Network Control",
];

export function describeVlan(reader: FieldReader): Title {
  const type = reader.start >= 2 ? reader.memory.view.getUint16(reader.start - 2) : 0;
  return type === SERVICE_TAG ? describeServiceTag(reader) : describeTag(reader);
}

function describeTag(reader: FieldReader): Title {
  const priority = reader.bits("vlan.priority", "Priority", 2, PRIORITY, {
    text: (value) => `${PRIORITIES[value]} (${value})`,
  });
  const isEligible = reader.flag("vlan.dei", "DEI", 2, DROP_ELIGIBLE, {
    text: (is) => (is ? "Eligible" : "Ineligible"),
    meaning: "whether this frame is among the first to be dropped where there is no room for all",
  });
  const id = reader.bits("vlan.id", "ID", 2, IDENTIFIER);
  reader.skip(2);
  typeField(reader, "vlan.etype", "vlan.len");
  const label = `802.1Q Virtual LAN, PRI: ${priority}, DEI: ${isEligible ? 1 : 0}, ID: ${id}`;
  return { name: "vlan", label };
}

function describeServiceTag(reader: FieldReader): Title {
  const priority = reader.bits("ieee8021ad.priority", "Priority", 1, PRIORITY >>> 8);
  const isEligible = reader.bits("ieee8021ad.dei", "DEI", 1, DROP_ELIGIBLE >>> 8);
  const id = reader.bits("ieee8021ad.id", "ID", 2, IDENTIFIER);
  reader.skip(2);
  typeField(reader, "ieee8021ah.etype", "vlan.len");
  return { name: "ieee8021ad", label: `IEEE 802.1ad, PRI: ${priority}, DROP: ${isEligible}, ID: ${id}` };
}

function typeField(reader: FieldReader, typeName: string, lengthName: string): void {
  if (reader.peek(0, 2) <= LARGEST_LENGTH) reader.number(lengthName, "Length", 2, { text: inBytes });
  else reader.number(typeName, "Type", 2, { text: etherTypeText });
}
