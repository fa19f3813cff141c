/** All application protocols at once, for whoever cannot wait until one of them was loaded. */

import { DHCP } from "./dhcp-completer.ts";
import { DNS } from "./dns-completer.ts";
import { HTTP, HTTPS } from "./http-protocol.ts";
import { LINE_PROTOCOLS } from "./lines.ts";
import { MQTT } from "./mqtt-messages.ts";
import { Protocols } from "./protocols.ts";
import { TLS } from "./tls-records.ts";

export const ALL_PROTOCOLS: Protocols = new Protocols([
  ...LINE_PROTOCOLS,
  ["HTTP", HTTP],
  ["HTTPS", HTTPS],
  ["TLS", TLS],
  ["MQTT", MQTT],
  ["DNS", DNS],
  ["DHCP", DHCP],
  ["BOOTP", DHCP],
]);
