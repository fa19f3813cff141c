import { macFromIpv4, parseIpv4 } from "../../../lib/headers/address.ts";
import type { WirePayload } from "../../../lib/traffic/completers/conversation-completer.ts";
import { PayloadCompleter } from "../../../lib/traffic/completers/payload-completer.ts";
import type { LaterRow, PayloadParticipant, PayloadRow } from "../../../lib/traffic/completers/payload-row.ts";
import { servicePortOf } from "../../../lib/traffic/service-ports.ts";

/** A row in short: who says it and what. */
export type Said = readonly [side: "client" | "server", text: string];

export const CLIENT: PayloadParticipant = {
  name: "client_browser",
  host: { address: parseIpv4("10.0.0.1"), mac: macFromIpv4(parseIpv4("10.0.0.1")) },
  port: 49152,
};

export function serverOf(protocol: string, name = "web_server"): PayloadParticipant {
  const address = parseIpv4("10.0.0.2");
  return { name, host: { address, mac: macFromIpv4(address) }, port: servicePortOf(protocol) };
}

export const bytesOfText = (text: string) => new TextEncoder().encode(text);
const textOfBytes = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The rows behind one, each with those behind it. */
function laterRows(rows: readonly Said[]): (LaterRow | undefined)[] {
  let later: LaterRow | undefined;
  const all = rows.toReversed().map(([side, text]) => {
    const behind = later;
    later = { isFromClient: side === "client", payload: bytesOfText(text), later };
    return behind;
  });
  return all.reverse();
}

/** Completes the rows of one conversation; each knows those behind it. */
export function completeAll(protocol: string, rows: readonly Said[], more: Partial<PayloadRow> = {}): WirePayload[] {
  const completer = new PayloadCompleter(1);
  const later = laterRows(rows);
  return rows.map(([side, text], index) => {
    const next = rows[index + 1];
    return completer.complete({
      protocol,
      payload: bytesOfText(text),
      isFromClient: side === "client",
      client: CLIENT,
      server: serverOf(protocol),
      ...(next !== undefined && next[0] === side && { next: bytesOfText(next[1]) }),
      later: later[index],
      ...more,
    });
  });
}

export const completeTexts = (protocol: string, rows: readonly Said[]) =>
  completeAll(protocol, rows).map(({ bytes }) => textOfBytes(bytes));
