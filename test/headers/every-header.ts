/**
 * A packet of every protocol that has a table: one with as little as can be said, one with every field given. The bytes are
 * those of another program: Scapy 2.5 made all of the frames from the same values, with its own names for them.
 */
import { linkHeaders } from "./every-link-header.ts";
import { messages, transports } from "./every-message.ts";
import { controlMessages, extensionHeaders, networkHeaders } from "./every-network-header.ts";
import { groupMessages, otherTransports } from "./every-transport.ts";
import { ipTunnels, linkTunnels, udpTunnels } from "./every-tunnel-header.ts";
import type { Entry } from "./header-entry.ts";

export const everyHeader: readonly Entry[] = [
  ...linkHeaders,
  ...linkTunnels,
  ...networkHeaders,
  ...extensionHeaders,
  ...ipTunnels,
  ...controlMessages,
  ...groupMessages,
  ...transports,
  ...otherTransports,
  ...messages,
  ...udpTunnels,
];
