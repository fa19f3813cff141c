/** The application protocols that messages name, each loaded when the first of its messages comes: it takes its time to start. */

import type { Message } from "../../csv/message.ts";
import { leadingWord } from "../../csv/protocol-names.ts";
import { LINE_PROTOCOLS } from "./lines.ts";
import type { ApplicationProtocol } from "./payload-row.ts";
import { Protocols } from "./protocols.ts";

const HTTP = async () => (await import("./http-protocol.ts")).HTTP;
const HTTPS = async () => (await import("./http-protocol.ts")).HTTPS;
const TLS = async () => (await import("./tls-records.ts")).TLS;
const MQTT = async () => (await import("./mqtt-messages.ts")).MQTT;
const DNS = async () => (await import("./dns-completer.ts")).DNS;
const DHCP = async () => (await import("./dhcp-completer.ts")).DHCP;

const LOADERS: ReadonlyMap<string, () => Promise<ApplicationProtocol>> = new Map([
  ["HTTP", HTTP],
  ["HTTPS", HTTPS],
  ["TLS", TLS],
  ["MQTT", MQTT],
  ["DNS", DNS],
  ["DHCP", DHCP],
  ["BOOTP", DHCP],
]);

export class LoadedProtocols extends Protocols {
  #latest = "";

  constructor() {
    super(LINE_PROTOCOLS);
  }

  /** To be waited for before anything else is asked about these messages. */
  async load(messages: readonly Pick<Message, "protocol">[]): Promise<void> {
    for (const { protocol } of messages) {
      // Nearly always that of the message before.
      if (protocol === this.#latest) continue;
      this.#latest = protocol;
      const word = leadingWord(protocol);
      const loader = this.known.has(word) ? undefined : LOADERS.get(word);
      if (loader !== undefined) this.known.set(word, await loader());
    }
  }
}
