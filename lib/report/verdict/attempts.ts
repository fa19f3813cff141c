/** Connections that never came to be: refused, or never answered; and whoever tries very many of them. */
import { formatIp, type IpAddress } from "../../headers/address.ts";
import type { Analysis } from "../../streams/analysis.ts";
import type { TcpStream } from "../../streams/tcp-stream.ts";
import { count, formatSocket, plural } from "../wording.ts";
import { icmpReasons } from "./icmp-reasons.ts";
import type { VerdictPart } from "./sentence.ts";
import { cameToNothing } from "./stream-traits.ts";
import { type Trouble, TroubleWeight } from "./trouble.ts";

/** So many ports or hosts that one host tries in vain are no mistake. */
const FEWEST_SCANNED = 10;
/** Servers that are named one by one, for each kind of failure. */
const MOST_SERVERS = 2;

/** Attempts at one server and port. */
interface Attempts {
  readonly server: string;
  readonly streams: TcpStream[];
}

export function attemptTroubles(analysis: Analysis): Trouble[] {
  const { tcpStreams } = analysis;
  const failed = tcpStreams.filter((stream) => stream.packets > 0 && cameToNothing(stream));
  const scanners = scannersAmong(failed);
  const others = failed.filter(({ client }) => !scanners.has(client.address));
  return [
    ...[...scanners].map(([client, streams]) => scanTrouble(client, streams)),
    ...failureTroubles(
      others.filter(({ handshake }) => handshake === "refused"),
      (attempts) => refusedParts(attempts, analysis),
      TroubleWeight.REFUSED,
    ),
    ...failureTroubles(
      others.filter(({ handshake }) => handshake === "unanswered"),
      (attempts) => unansweredParts(attempts, analysis),
      TroubleWeight.UNANSWERED,
    ),
  ];
}

/** Hosts whose failed attempts go to many ports or many hosts. */
function scannersAmong(failed: readonly TcpStream[]): Map<IpAddress, TcpStream[]> {
  const byClient = new Map<IpAddress, TcpStream[]>();
  for (const stream of failed) {
    const known = byClient.get(stream.client.address);
    if (known === undefined) byClient.set(stream.client.address, [stream]);
    else known.push(stream);
  }
  for (const [client, streams] of byClient) {
    if (new Set(streams.map(({ server }) => formatSocket(server))).size < FEWEST_SCANNED) byClient.delete(client);
  }
  return byClient;
}

function scanTrouble(client: IpAddress, streams: readonly TcpStream[]): Trouble {
  const hosts = new Set(streams.map(({ server }) => server.address));
  const ports = new Set(streams.map(({ server }) => server.port));
  const refused = streams.filter(({ handshake }) => handshake === "refused").length;
  const where = hosts.size === 1 ? formatIp([...hosts][0]!) : plural(hosts.size, "host");
  const outcome = [
    refused > 0 ? `${count(refused)} refused` : "",
    streams.length > refused ? `${count(streams.length - refused)} without an answer` : "",
  ].filter((text) => text !== "");
  const text = `${formatIp(client)} tries ${plural(ports.size, "port")} of ${where} in vain, ${outcome.join(", ")}`;
  return {
    weight: TroubleWeight.SCAN,
    parts: [
      { text, frames: streams.map(({ firstFrame }) => firstFrame), total: streams.length },
      { text: ": it looks like a search for open ports" },
    ],
  };
}

function failureTroubles(
  streams: readonly TcpStream[],
  partsOf: (attempts: Attempts) => VerdictPart[],
  weight: number,
): Trouble[] {
  const servers = new Map<string, Attempts>();
  for (const stream of streams) {
    const server = formatSocket(stream.server);
    const known = servers.get(server);
    if (known === undefined) servers.set(server, { server, streams: [stream] });
    else known.streams.push(stream);
  }
  const sorted = [...servers.values()].sort((a, b) => b.streams.length - a.streams.length);
  const shown = sorted.slice(0, MOST_SERVERS);
  const left = sorted.length - shown.length;
  return shown.map((attempts, index) => {
    const isLast = index === shown.length - 1 && left > 0;
    const more: VerdictPart[] = isLast ? [{ text: `; ${plural(left, "more server")} likewise` }] : [];
    return { weight, parts: [...partsOf(attempts), ...more] };
  });
}

function refusedParts({ server, streams }: Attempts, analysis: Analysis): VerdictPart[] {
  const frames = streams.map(({ fromServer }) => fromServer.resetFrame);
  return [
    { text: `${server} refuses ${plural(streams.length, "connection")} with a reset`, frames, total: frames.length },
    { text: ": nothing listens on that port, or a firewall refuses in its place" },
    ...icmpReasons(analysis, streams),
  ];
}

function unansweredParts({ server, streams }: Attempts, analysis: Analysis): VerdictPart[] {
  const syns = streams.reduce((sum, { fromClient }) => sum + fromClient.syns, 0);
  const frames = streams.map(({ synFrame }) => synFrame);
  const errors = icmpReasons(analysis, streams);
  const text =
    syns === 1
      ? `${server} does not answer the SYN that was sent to it`
      : `${server} answers none of the ${count(syns)} SYNs that were sent to it`;
  const reason = { text: ": nobody is there, a firewall drops what comes, or the answers were not captured" };
  return [{ text, frames, total: frames.length }, ...(errors.length > 0 ? errors : [reason])];
}
