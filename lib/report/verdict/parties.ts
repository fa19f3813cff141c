/** Who talked to whom about what: conversations with one service taken together, the most telling first. */
import { formatIp, type IpAddress } from "../../headers/address.ts";
import type { Analysis } from "../../streams/analysis.ts";
import type { AnyStream } from "../stream-selection.ts";
import { payloadBytes } from "../text/conversation-summary.ts";
import { count, formatSocket, plural } from "../wording.ts";
import type { VerdictPart, VerdictSentence } from "./sentence.ts";
import { cameToNothing, isIdle, isMulticast } from "./stream-traits.ts";

/** Services that are named one by one. */
const MOST_SERVICES = 3;
/** Hosts of one service that are named one by one. */
const MOST_HOSTS = 2;
const MOST_PROTOCOLS = 4;

/** All conversations with one server and port. */
interface Service {
  readonly first: AnyStream;
  readonly clients: Set<IpAddress>;
  conversations: number;
  /** Bytes of data of both sides. */
  bytes: number;
  packets: number;
  application: string | undefined;
  hasAnswer: boolean;
  isIdle: boolean;
}

export function whoSentence({ capture }: Analysis, streams: readonly AnyStream[]): VerdictSentence {
  if (capture.selectedPackets === 0) {
    return sentence([{ text: capture.packets === 0 ? "The capture holds no packet" : "The filter selects no packet" }]);
  }
  const talks = streams.filter(({ server }) => !isMulticast(server.address));
  const announced = streams.filter(({ server }) => isMulticast(server.address));
  const parts = serviceParts(talks);
  if (announced.length > 0) parts.push(announcedPart(announced, parts.length === 0));
  if (parts.length === 0) parts.push({ text: withoutConversation(capture.protocols) });
  return sentence(parts);
}

function sentence(parts: readonly VerdictPart[]): VerdictSentence {
  return { topic: "who", parts };
}

function serviceParts(streams: readonly AnyStream[]): VerdictPart[] {
  const services = [...servicesOf(streams).values()];
  services.sort(
    (a, b) =>
      weightOf(b) - weightOf(a) ||
      b.bytes - a.bytes ||
      b.packets - a.packets ||
      a.first.firstFrame - b.first.firstFrame,
  );
  const shown = services.slice(0, MOST_SERVICES);
  const parts = shown.map(
    (service, index): VerdictPart => ({
      text: `${index === 0 ? "" : "; "}${serviceText(service)}`,
      frames: [service.first.firstFrame],
    }),
  );
  const left = services.slice(MOST_SERVICES).reduce((sum, { conversations }) => sum + conversations, 0);
  if (left > 0) parts.push({ text: `; and there ${left === 1 ? "is" : "are"} ${plural(left, "more conversation")}` });
  return parts;
}

function servicesOf(streams: readonly AnyStream[]): Map<string, Service> {
  const services = new Map<string, Service>();
  for (const stream of streams) {
    const key = `${stream.protocol} ${formatSocket(stream.server)}`;
    const known = services.get(key);
    const service = known ?? newService(stream);
    if (known === undefined) services.set(key, service);
    const [sent, received] = payloadBytes(stream);
    service.clients.add(stream.client.address);
    service.conversations++;
    service.bytes += sent + received;
    service.packets += stream.packets;
    service.application ??= stream.application;
    service.hasAnswer ||= isAnswered(stream);
    service.isIdle &&= isIdle(stream);
  }
  return services;
}

function newService(first: AnyStream): Service {
  const counts = { conversations: 0, bytes: 0, packets: 0 };
  return { first, clients: new Set(), ...counts, application: undefined, hasAnswer: false, isIdle: true };
}

function isAnswered(stream: AnyStream): boolean {
  if (stream.protocol === "UDP") return payloadBytes(stream)[1] > 0;
  return !cameToNothing(stream);
}

/** What was said counts before what was only tried, and both before what keeps a connection alive. */
function weightOf({ bytes, hasAnswer, isIdle: idle }: Service): number {
  if (idle) return 0;
  if (bytes === 0) return 1;
  return hasAnswer ? 3 : 2;
}

function serviceText(service: Service): string {
  const { clients, first, application, bytes, conversations, hasAnswer } = service;
  const server = formatSocket(first.server);
  const hosts = hostsText(clients);
  const verb = (one: string, several: string) => (clients.size === 1 ? one : several);
  const noun = first.protocol === "TCP" ? "connection" : "conversation";
  const often = `${plural(conversations, `${first.protocol} ${noun}`)}`;
  if (service.isIdle) return `${hosts} and ${server} keep ${often} alive without saying anything`;
  if (!hasAnswer && first.protocol === "UDP") {
    return `${hosts} ${verb("sends", "send")} ${application ?? "UDP datagrams"} to ${server}, which does not answer`;
  }
  if (!hasAnswer)
    return `${hosts} ${verb("tries", "try")} in vain to open ${plural(conversations, "connection")} to ${server}`;
  if (bytes === 0) return `${hosts} ${verb("opens", "open")} ${often} to ${server} and ${verb("says", "say")} nothing`;
  return `${hosts} ${verb("talks", "talk")}${application === undefined ? "" : ` ${application}`} with ${server} in ${often}`;
}

function hostsText(clients: ReadonlySet<IpAddress>): string {
  if (clients.size > MOST_HOSTS) return `${count(clients.size)} hosts`;
  return [...clients].map((address) => formatIp(address)).join(" and ");
}

/** What is sent to all who may listen: that a host is there, or a question who is. */
function announcedPart(streams: readonly AnyStream[], isAlone: boolean): VerdictPart {
  const names = [...new Set(streams.map(({ application, server }) => application ?? `UDP port ${server.port}`))];
  const shown = names.slice(0, MOST_PROTOCOLS).join(", ");
  const packets = plural(
    streams.reduce((sum, stream) => sum + stream.packets, 0),
    "packet",
  );
  const text = `${packets} ${streams.length === 1 && streams[0]!.packets === 1 ? "goes" : "go"} to all who listen (${shown})`;
  return { text: isAlone ? text : `; besides, ${text}`, frames: [streams[0]!.firstFrame] };
}

function withoutConversation(protocols: ReadonlyMap<string, number>): string {
  const sorted = [...protocols].sort((a, b) => b[1] - a[1]).slice(0, MOST_PROTOCOLS);
  const named = sorted.map(([name, packets]) => `${name} ${count(packets)}`).join(", ");
  return `There is no conversation of TCP or UDP in the capture: its packets are ${named}`;
}
