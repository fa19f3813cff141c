/** Works over a network that loses one packet in a hundred, with a TCP at each end. */
import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { OutputFile } from "../../lib/pcap/output-file.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { type SlabStore, slabOf } from "../../lib/pcap/slabs.ts";
import { Host } from "../../lib/session/host.ts";
import { defaultNetwork } from "../../lib/session/network/network-options.ts";
import { NetworkSession } from "../../lib/session/network/network-session.ts";
import type { Workload } from "./workload.ts";

const TICKS_PER_SECOND = 1_000_000;
const LOSS = 0.01;
/** Ticks between two messages: for a short one, and for each byte of a long one, about as fast as the losses let them through. */
const LEAST_GAP = 2000;
const GAP_A_BYTE = 0.2;
/** Ticks between two connections, and from one's opening to what is said in it. */
const CONNECTIONS_APART = 100;
const PAUSE = 5000;
const PORTS = 60_000;
const FIRST_PORT = 1024;

function lossySession(store: SlabStore): { session: NetworkSession; writer: PcapWriter } {
  const origin = { seconds: 1_767_225_600, ticks: 0 };
  const writer = new PcapWriter(store, { linkType: LinkType.ETHERNET, ticksPerSecond: TICKS_PER_SECOND, origin });
  const usual = defaultNetwork(TICKS_PER_SECOND);
  const link = { ...usual.links.toServer, loss: LOSS };
  const network = { ...usual, links: { toServer: link, toClient: link }, seed: 1 };
  return { session: new NetworkSession(writer, { ticksPerSecond: TICKS_PER_SECOND }, network), writer };
}

/** One conversation in which the client sends many messages. @returns what the capture at the client holds */
export async function writeLossySession(file: string, messages: number, size: number): Promise<Workload> {
  const output = await OutputFile.open(file);
  const { session, writer } = lossySession(output);
  const conversation = session.connect(
    { host: hostAt("10.0.0.1"), port: 49_152 },
    { host: hostAt("10.0.0.2"), port: 80 },
  );
  const payload = Uint8Array.from({ length: size }, (_, index) => 65 + (index % 26));
  const gap = Math.max(LEAST_GAP, size * GAP_A_BYTE);
  session.open(conversation, 0);
  let time = LEAST_GAP;
  for (let message = 0; message < messages; message++, time += gap) {
    while (!session.advance(time)) await output.room();
    session.send(conversation, "client", time, payload);
  }
  while (!session.advance(Number.POSITIVE_INFINITY)) await output.room();
  writer.finish();
  await output.commit();
  const { packets, payloadBytes } = session.tallyOf(conversation);
  return { packets, payloadBytes };
}

/** Many conversations, each with a message of either side, of which none ends. What they write is thrown away. */
export function holdLossyConnections(count: number): Workload {
  const slab = slabOf(undefined, 0);
  const { session } = lossySession({ isFull: false, take: () => slab, give: () => {} });
  const [client, server] = [hostAt("10.0.0.1"), hostAt("10.0.0.2")];
  const payload = new Uint8Array(100);
  const total = { packets: 0, payloadBytes: 0 };
  const conversations = [];
  for (let index = 0; index < count; index++) {
    const time = index * CONNECTIONS_APART;
    session.advance(time);
    const port = FIRST_PORT + (index % PORTS);
    const conversation = session.connect(
      { host: client, port },
      { host: server, port: FIRST_PORT + Math.floor(index / PORTS) },
    );
    session.open(conversation, time);
    session.send(conversation, "client", time + PAUSE, payload);
    session.send(conversation, "server", time + PAUSE, payload);
    conversations.push(conversation);
  }
  session.advance(Number.POSITIVE_INFINITY);
  for (const conversation of conversations) {
    const { packets, payloadBytes } = session.tallyOf(conversation);
    total.packets += packets;
    total.payloadBytes += payloadBytes;
  }
  return total;
}

function hostAt(text: string): Host {
  const address = parseIpv4(text);
  return new Host(text, address, macFromIpv4(address), 1);
}
