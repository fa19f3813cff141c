/** What rows of a packet list are told by those around them, judged by Wireshark's own list of what is made of them. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { encapsulate } from "../../../lib/encapsulate.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { packetListOf } from "../../helpers/judges/packet-list.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const folder = temporaryFolder();
let files = 0;

async function made(header: string, rows: readonly string[]) {
  const input = path.join(folder, `${++files}.csv`);
  const output = path.join(folder, `${files}.pcap`);
  fs.writeFileSync(input, `${[header, ...rows].join("\n")}\n`);
  const summary = await encapsulate({ input, output });
  return { output, summary };
}

const WITH_LENGTH = "No.,Time,Source,Destination,Protocol,Length,Info";
const WITHOUT_LENGTH = "No.,Time,Source,Destination,Protocol,Info";

const infosOf = (file: string) => packetListOf(file).map(({ Info }) => Info.trim());

describe.skipIf(isMissing("tshark"))("a packet list", () => {
  it("may have names with their ports in brackets, as Wireshark writes them when it resolves names", async () => {
    const { output } = await made(WITH_LENGTH, [
      "1,0,10.0.0.1,10.0.0.2,TCP,66,50001 → https(443) [SYN] Seq=0 Win=64240 Len=0 MSS=1460",
      '2,0.1,10.0.0.2,10.0.0.1,TCP,60,"irdmi(8000) → netmagic(1196) [SYN, ACK] Seq=0 Ack=1 Win=64240 Len=0 MSS=1460"',
      "3,0.2,10.0.0.1,10.0.0.2,UDP,45,42620 → cbt(7777) Len=3",
    ]);
    const ports = ["tcp.srcport", "tcp.dstport", "udp.dstport"].flatMap((name) => ["-e", name]);
    expect(tshark("-r", output, "-T", "fields", ...ports).split("\n")).toEqual([
      "50001\t443\t",
      "8000\t1196\t",
      "\t\t7777",
      "",
    ]);
  });

  it("in which no row has ports has a connection for each protocol", async () => {
    const { output, summary } = await made(WITH_LENGTH, [
      "1,0,10.0.0.1,10.0.0.2,SSHv2,107,Client: Protocol (SSH-2.0-OpenSSH_9.6)",
      "2,0.1,10.0.0.2,10.0.0.1,FTP,86,Response: 220 (vsFTPd 3.0.3)",
      "3,0.2,10.0.0.1,10.0.0.2,FTP,70,Request: USER anonymous",
      "4,0.3,10.0.0.1,10.0.0.2,HTTP,154,GET / HTTP/1.1 ",
      "5,0.4,10.0.0.1,10.0.0.2,SMTP,76,C: EHLO host",
      "6,0.5,10.0.0.2,10.0.0.1,HTTP,254,HTTP/1.1 200 OK  (text/html)",
    ]);
    expect([...summary.conversations].map(({ protocol, server }) => `${protocol} ${server.port}`)).toEqual([
      "SSHv2 22",
      "FTP 21",
      "HTTP 80",
      "SMTP 25",
    ]);
    expect(tshark("-r", output, "-Y", "_ws.malformed or tcp.analysis.flags")).toBe("");
  });

  it("leaves out pieces of datagrams, which are no data of the connection beside them", async () => {
    const { output, summary } = await made(WITH_LENGTH, [
      "1,0,10.0.0.1,10.0.0.2,TCP,60,50001 → 80 [ACK] Seq=1 Ack=1 Win=64240 Len=0",
      '2,0.1,10.0.0.1,10.0.0.2,IPv4,1514,"Fragmented IP protocol (proto=UDP 17, off=0, ID=0001) [Reassembled in #3]"',
      "3,0.2,10.0.0.1,10.0.0.2,TCP,60,50001 → 80 [ACK] Seq=1 Ack=1 Win=64241 Len=0",
    ]);
    expect(packetListOf(output)).toHaveLength(2);
    expect(summary.warnings.join()).toContain("IPv4 1");
  });

  it("with the columns of tshark has errors of ICMP, and not the datagrams and segments that they quote", async () => {
    const header = "frame.time_relative,ip.src,ip.dst,_ws.col.Protocol,tcp.srcport,tcp.dstport,tcp.flags,tcp.seq";
    const { output } = await made(`${header},udp.srcport,udp.dstport,frame.len,_ws.col.Info`, [
      '0,"10.0.0.1","10.0.0.2",UDP,,,,,42620,7777,45,42620 → 7777 Len=3',
      '0.1,"10.0.0.2,10.0.0.1","10.0.0.1,10.0.0.2",ICMP,,,,,42620,7777,73,Destination unreachable (Port unreachable)',
      '0.2,"10.0.0.2,10.0.0.1","10.0.0.1,10.0.0.2",ICMP,50001,80,0x0002,0,,,82,Destination unreachable (Host unreachable)',
    ]);
    expect(infosOf(output)).toEqual([
      "42620 → 7777 Len=3",
      "Destination unreachable (Port unreachable)",
      "Destination unreachable (Host unreachable)",
    ]);
  });

  it("without lengths has them from what is acknowledged later, and not from what is acknowledged again", async () => {
    const { output } = await made(WITHOUT_LENGTH, [
      "1,0.000,10.0.0.1,10.0.0.2,TCP,50001 → 80 [SYN] Seq=0 Win=64240 Len=0",
      '2,0.001,10.0.0.2,10.0.0.1,TCP,"80 → 50001 [SYN, ACK] Seq=0 Ack=1 Win=64240 Len=0"',
      "3,0.002,10.0.0.1,10.0.0.2,TCP,50001 → 80 [ACK] Seq=1 Ack=1 Win=64240 Len=0",
      "4,0.003,10.0.0.1,10.0.0.2,HTTP,GET /a HTTP/1.1 ",
      "5,0.004,10.0.0.2,10.0.0.1,TCP,80 → 50001 [ACK] Seq=1 Ack=78 Win=64240 Len=0",
      "6,0.005,10.0.0.2,10.0.0.1,HTTP,HTTP/1.1 200 OK  (text/plain)",
      "7,0.006,10.0.0.1,10.0.0.2,TCP,[TCP Dup ACK 3#1] 50001 → 80 [ACK] Seq=78 Ack=1 Win=64240 Len=0",
      '8,0.007,10.0.0.1,10.0.0.2,TCP,"50001 → 80 [RST, ACK] Seq=78 Ack=301 Win=0 Len=0"',
    ]);
    expect(infosOf(output).slice(3)).toEqual([
      "GET /a HTTP/1.1",
      "80 → 50001 [ACK] Seq=1 Ack=78 Win=64240 Len=0",
      "HTTP/1.1 200 OK  (text/plain)",
      "[TCP Dup ACK 3#1] 50001 → 80 [ACK] Seq=78 Ack=1 Win=64240 Len=0",
      "50001 → 80 [RST, ACK] Seq=78 Ack=301 Win=0 Len=0",
    ]);
    expect(tshark("-r", output, "-T", "fields", "-e", "tcp.len", "-Y", "http.response").trim()).toBe("300");
  });

  it("without lengths spreads over the rows between what is acknowledged of all of them", async () => {
    const { output } = await made(WITHOUT_LENGTH, [
      "1,0.000,10.0.0.1,10.0.0.2,TCP,50001 → 443 [SYN] Seq=0 Win=64240 Len=0",
      '2,0.001,10.0.0.2,10.0.0.1,TCP,"443 → 50001 [SYN, ACK] Seq=0 Ack=1 Win=64240 Len=0"',
      "3,0.002,10.0.0.1,10.0.0.2,TCP,50001 → 443 [ACK] Seq=1 Ack=1 Win=64240 Len=0",
      "4,0.003,10.0.0.1,10.0.0.2,TLSv1.2,Application Data",
      "5,0.004,10.0.0.1,10.0.0.2,TLSv1.2,Application Data",
      "6,0.005,10.0.0.1,10.0.0.2,TLSv1.2,Application Data",
      '7,0.006,10.0.0.1,10.0.0.2,TCP,"50001 → 443 [FIN, ACK] Seq=302 Ack=1 Win=64240 Len=0"',
      "8,0.007,10.0.0.2,10.0.0.1,TCP,443 → 50001 [ACK] Seq=1 Ack=303 Win=64240 Len=0",
    ]);
    expect(tshark("-r", output, "-T", "fields", "-e", "tcp.seq").trim().split("\n")).toEqual([
      "0",
      "0",
      "1",
      "1",
      "101",
      "201",
      "302",
      "1",
    ]);
    expect(tshark("-r", output, "-Y", "_ws.malformed or tcp.analysis.flags")).toBe("");
  });
});
