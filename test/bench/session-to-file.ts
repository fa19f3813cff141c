import { macFromIpv4, parseIpv4 } from "../../lib/headers/address.ts";
import { LinkType } from "../../lib/headers/assigned-numbers.ts";
import { OutputFile } from "../../lib/pcap/output-file.ts";
import { PcapWriter } from "../../lib/pcap/pcap-writer.ts";
import { Host } from "../../lib/session/host.ts";
import { IdealSession } from "../../lib/session/ideal/ideal-session.ts";
import type { Workload } from "./workload.ts";

const TICKS_PER_SECOND = 1_000_000;
const MICROSECONDS_APART = 2000;

/** Packets that open the conversation. It is not closed. */
export const HANDSHAKE_PACKETS = 3;

/** One conversation in which the client sends many messages, each acknowledged: two packets a message. */
export async function writeSession(file: string, messages: number, size: number): Promise<Workload> {
  const output = await OutputFile.open(file);
  const origin = { seconds: 1_767_225_600, ticks: 0 };
  const writer = new PcapWriter(output, { linkType: LinkType.ETHERNET, ticksPerSecond: TICKS_PER_SECOND, origin });
  const session = new IdealSession(writer, { ticksPerSecond: TICKS_PER_SECOND });
  const conversation = session.connect(
    { host: hostAt("10.0.0.1"), port: 49_152 },
    { host: hostAt("10.0.0.2"), port: 80 },
  );
  const payload = Uint8Array.from({ length: size }, (_, index) => 65 + (index % 26));
  session.open(conversation, 0);
  let time = MICROSECONDS_APART;
  for (let message = 0; message < messages; message++, time += MICROSECONDS_APART) {
    while (!session.advance(time)) await output.room();
    session.send(conversation, "client", time, payload);
  }
  while (!session.advance(Number.POSITIVE_INFINITY)) await output.room();
  writer.finish();
  await output.commit();
  return { packets: HANDSHAKE_PACKETS + 2 * messages, payloadBytes: messages * size };
}

function hostAt(text: string): Host {
  const address = parseIpv4(text);
  return new Host(text, address, macFromIpv4(address), 1);
}
