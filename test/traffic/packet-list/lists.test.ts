/** Packet lists as people have them, judged by Wireshark's own list of what is made of them. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../../../lib/encapsulate.ts";
import { temporaryFolder } from "../../helpers/captures/captures.ts";
import { packetListOf } from "../../helpers/judges/packet-list.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const folder = temporaryFolder();
let files = 0;

const WIRESHARK = '"No.","Time","Source","Destination","Protocol","Length","Info"';

async function made(csv: string, options: Partial<EncapsulateOptions> = {}) {
  const input = path.join(folder, `${++files}.csv`);
  const output = path.join(folder, `${files}.pcap`);
  fs.writeFileSync(input, csv);
  const summary = await encapsulate({ input, output, ...options });
  return { output, summary };
}

const list = (rows: readonly string[]) => `${WIRESHARK}\n${rows.join("\n")}\n`;

/** Source, destination, length and info of each row. */
async function shown(csv: string): Promise<string[]> {
  const { output } = await made(csv);
  expect(tshark("-r", output, "-Y", "_ws.malformed")).toBe("");
  return packetListOf(output).map(
    ({ Source, Destination, Length, Info }) => `${Source} > ${Destination} ${Length} ${Info}`,
  );
}

describe.skipIf(isMissing("tshark"))("a packet list", () => {
  it("of TCP, HTTP, ARP, ICMP, DNS and ICMPv6 is the capture that it was made from", async () => {
    const rows = [
      '"1","0.000000","10.1.0.1","10.1.0.2","TCP","74","40000  >  80 [SYN] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM=1 TSval=1 TSecr=0 WS=128"',
      '"2","0.000100","10.1.0.2","10.1.0.1","TCP","74","80  >  40000 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0 MSS=1460"',
      '"3","0.000200","10.1.0.1","10.1.0.2","TCP","66","40000  >  80 [ACK] Seq=1 Ack=1 Win=64256 Len=0"',
      '"4","0.000300","10.1.0.1","10.1.0.2","HTTP","143","GET / HTTP/1.1 "',
      '"5","0.000900","10.1.0.2","10.1.0.1","HTTP","300","HTTP/1.1 200 OK  (text/html)"',
      '"6","1.000000","02:00:00:00:00:0a","Broadcast","ARP","42","Who has 10.1.0.2? Tell 10.1.0.1"',
      '"7","1.100000","10.1.0.1","10.1.0.2","ICMP","98","Echo (ping) request  id=0x0001, seq=1/256, ttl=64"',
      '"8","1.200000","10.1.0.1","8.8.8.8","DNS","75","Standard query 0x1234 A www.example.com"',
      '"9","2.000000","fd01::1","fd01::2","ICMPv6","86","Neighbor Solicitation for fd01::2 from 02:00:00:00:00:0a"',
    ];
    expect(await shown(list(rows))).toEqual([
      "10.1.0.1 > 10.1.0.2 74 40000 → 80 [SYN] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM TSval=1 TSecr=0 WS=128",
      "10.1.0.2 > 10.1.0.1 74 80 → 40000 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0 MSS=1460",
      "10.1.0.1 > 10.1.0.2 66 40000 → 80 [ACK] Seq=1 Ack=1 Win=64256 Len=0",
      "10.1.0.1 > 10.1.0.2 143 GET / HTTP/1.1 ",
      "10.1.0.2 > 10.1.0.1 300 HTTP/1.1 200 OK  (text/html)",
      "02:00:00:00:00:0a > ff:ff:ff:ff:ff:ff 42 Who has 10.1.0.2? Tell 10.1.0.1",
      "10.1.0.1 > 10.1.0.2 98 Echo (ping) request  id=0x0001, seq=1/256, ttl=64",
      "10.1.0.1 > 8.8.8.8 75 Standard query 0x1234 A www.example.com",
      "fd01::1 > fd01::2 86 Neighbor Solicitation for fd01::2 from 02:00:00:00:00:0a",
    ]);
  });

  it("has DNS responses as long as they were", async () => {
    const rows = [
      "1,0,10.0.0.1,10.0.0.53,DNS,75,Standard query 0x1234 A www.example.com",
      "2,0.005,10.0.0.53,10.0.0.1,DNS,91,Standard query response 0x1234 A www.example.com A 10.0.0.2",
      "3,0.01,10.0.0.1,10.0.0.53,DNS,75,Standard query 0x1235 AAAA www.example.com",
      "4,0.015,10.0.0.53,10.0.0.1,DNS,132,Standard query response 0x1235 AAAA www.example.com SOA ns.example.com",
      "5,0.02,10.0.0.53,10.0.0.1,DNS,121,Standard query response 0xabce A www.facebook.com CNAME star-mini.c10r.facebook.com A 157.240.1.35",
    ];
    const told = rows.map((row) => row.split(",").slice(5).join(" "));
    const found = (await shown(list(rows))).map((row) => row.replace(/^\S+ > \S+ /, ""));
    expect(found).toEqual(told);
  });

  it("on one address puts rows without ports on the connection, by what is acknowledged", async () => {
    const csv = `msg_id,timestamp,src_port,dst_port,app_protocol,Length,message
194,3.173704,127.0.0.1,127.0.0.1,TCP,56,54921  >  12345 [SYN] Seq=0 Win=65535 Len=0 MSS=65495 WS=256 SACK_PERM
195,3.17384,127.0.0.1,127.0.0.1,TCP,56,"12345  >  54921 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0 MSS=65495 WS=256 SACK_PERM"
196,3.173884,127.0.0.1,127.0.0.1,TCP,44,54921  >  12345 [ACK] Seq=1 Ack=1 Win=65280 Len=0
197,3.174309,127.0.0.1,127.0.0.1,TCP,57,Hello World 1
199,3.174379,127.0.0.1,127.0.0.1,TCP,44,12345  >  54921 [ACK] Seq=1 Ack=14 Win=65280 Len=0
201,3.174507,127.0.0.1,127.0.0.1,TCP,60,Message Received
202,3.174534,127.0.0.1,127.0.0.1,TCP,44,54921  >  12345 [ACK] Seq=14 Ack=17 Win=65280 Len=0
`;
    const { output } = await made(csv);
    const rows = packetListOf(output).map(({ Length, Info }) => `${Length} ${Info}`);
    expect(rows.slice(3)).toEqual([
      "57 54921 → 12345 [PSH, ACK] Seq=1 Ack=1 Win=65280 Len=13",
      "44 12345 → 54921 [ACK] Seq=1 Ack=14 Win=65280 Len=0",
      "60 12345 → 54921 [PSH, ACK] Seq=1 Ack=14 Win=65280 Len=16",
      "44 54921 → 12345 [ACK] Seq=14 Ack=17 Win=65280 Len=0",
    ]);
    const payloads = tshark("-r", output, "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.payload").trim().split("\n");
    expect(payloads.map((hex) => Buffer.from(hex, "hex").toString())).toEqual(["Hello World 1", "Message Received"]);
  });

  it("keeps its numbers where it begins in the middle", async () => {
    const csv = `msg_id,app_protocol,src_port,dst_port,message,timestamp
1,TCP,10.0.0.1,10.0.0.2,59781  >  8009 [ACK] Seq=1 Ack=1059 Win=251 Len=0,0.007481
2,TCP,10.0.0.1,10.0.0.2,59781  >  8009 [ACK] Seq=1 Ack=2118 Win=251 Len=0,0.107481
3,TCP,10.0.0.1,10.0.0.2,"59781  >  8009 [PSH, ACK] Seq=1 Ack=2118 Win=251 Len=110",0.207481
`;
    const { output } = await made(csv);
    const fields = ["tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len"].flatMap((name) => ["-e", name]);
    expect(tshark("-r", output, "-T", "fields", ...fields)).toBe(
      "1\t1059\t251\t0\n1\t2118\t251\t0\n1\t2118\t251\t110\n",
    );
  });

  it("may have columns of its own for numbers", async () => {
    const csv = `time,src,sport,dst,dport,flags,len,seq,ack
0.0,10.1.0.1,40000,10.1.0.2,80,S,0,100,0
0.1,10.1.0.2,80,10.1.0.1,40000,SA,0,500,101
0.2,10.1.0.1,40000,10.1.0.2,80,A,0,101,501
0.3,10.1.0.1,40000,10.1.0.2,80,PA,10,101,501
0.4,10.1.0.1,40000,10.1.0.2,80,PA,10,101,501
0.5,10.1.0.2,80,10.1.0.1,40000,A,0,501,111
`;
    const { output } = await made(csv);
    const raw = tshark("-r", output, "-T", "fields", "-e", "tcp.seq_raw", "-e", "tcp.ack_raw").trim().split("\n");
    expect(raw).toEqual(["100\t0", "500\t101", "101\t501", "101\t501", "101\t501", "501\t111"]);
    expect(tshark("-r", output, "-Y", "tcp.analysis.retransmission", "-T", "fields", "-e", "frame.number")).toBe("5\n");
  });

  it("may be written by tshark, with the names of its fields", async () => {
    const csv = `frame.number,frame.time_relative,ip.src,ip.dst,tcp.srcport,tcp.dstport,tcp.flags.str,tcp.len,_ws.col.Protocol,_ws.col.Info
1,0.000000000,10.0.0.1,10.0.0.2,50001,80,··········S·,0,TCP,50001 → 80 [SYN] Seq=0 Win=64240 Len=0
2,0.010000000,10.0.0.2,10.0.0.1,80,50001,·······A··S·,0,TCP,"80 → 50001 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0"
3,0.010100000,10.0.0.1,10.0.0.2,50001,80,·······A····,0,TCP,50001 → 80 [ACK] Seq=1 Ack=1 Win=64240 Len=0
4,0.010200000,10.0.0.1,10.0.0.2,50001,80,·······AP···,86,HTTP,GET /a HTTP/1.1${" "}
`;
    expect(await shown(csv)).toEqual([
      "10.0.0.1 > 10.0.0.2 54 50001 → 80 [SYN] Seq=0 Win=64240 Len=0",
      "10.0.0.2 > 10.0.0.1 54 80 → 50001 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0",
      "10.0.0.1 > 10.0.0.2 54 50001 → 80 [ACK] Seq=1 Ack=1 Win=64240 Len=0",
      "10.0.0.1 > 10.0.0.2 140 GET /a HTTP/1.1 ",
    ]);
  });

  it("may be an old one, with names of ports and the exponent of the scale", async () => {
    const rows = [
      "1,0,10.0.0.1,10.0.0.2,TCP,74,50001 > http [SYN] Seq=0 Win=5840 Len=0 MSS=1460 TSV=100 TSER=0 WS=7",
      '2,0.01,10.0.0.2,10.0.0.1,TCP,74,"http > 50001 [SYN, ACK] Seq=0 Ack=1 Win=5792 Len=0 MSS=1460 TSV=200 TSER=100 WS=6"',
      "3,0.02,10.0.0.1,10.0.0.2,TCP,66,50001 > http [ACK] Seq=1 Ack=1 Win=5888 Len=0 TSV=101 TSER=200",
    ];
    expect(await shown(list(rows))).toEqual([
      "10.0.0.1 > 10.0.0.2 74 50001 → 80 [SYN] Seq=0 Win=5840 Len=0 MSS=1460 TSval=100 TSecr=0 WS=128",
      "10.0.0.2 > 10.0.0.1 74 80 → 50001 [SYN, ACK] Seq=0 Ack=1 Win=5792 Len=0 MSS=1460 TSval=200 TSecr=100 WS=64",
      "10.0.0.1 > 10.0.0.2 66 50001 → 80 [ACK] Seq=1 Ack=1 Win=5888 Len=0 TSval=101 TSecr=200",
    ]);
  });
});

const LEFT_OUT = list([
  "1,0,10.0.0.1,10.0.0.2,TCP,54,50001 → 80 [ACK] Seq=1 Ack=1 Win=512 Len=0",
  "2,1,Cisco_00:00:01,Spanning-tree-(for-bridges)_00,STP,60,Conf. Root = 32768",
  "3,2,10.0.0.1,10.0.0.2,TCP,54,50001 → 80 [ACK] Seq=1 Ack=1 Win=512 Len=0",
  "4,3,10.0.0.1,224.0.0.22,IGMPv3,60,Membership Report",
]);

test("rows that cannot be made are counted by protocol", async () => {
  const { summary } = await made(LEFT_OUT);
  expect(summary.packets).toBe(2);
  expect(summary.warnings).toContain(
    "2 rows were left out, because such packets cannot be made here (STP 1, IGMPv3 1), the first on line 3.",
  );
  expect(summary.dialect).toContain(
    "Rows: a packet list as Wireshark exports it, each a packet as it stands (2 of TCP).",
  );
});

test("rows that cannot be made are refused where nothing may be left out", async () => {
  await expect(made(LEFT_OUT, { strict: true })).rejects.toThrow(
    'line 3: a packet of the protocol "STP" cannot be made here; remove the row, or have it left out without --strict.',
  );
});

describe.skipIf(isMissing("tshark"))("a table of messages", () => {
  const TABLE = `timestamp,protocol,src_ip,dst_ip,message
0.0,ICMP,10.1.0.1,10.1.0.2,Echo request
0.001,ICMP,10.1.0.2,10.1.0.1,Echo reply
0.1,ARP,10.1.0.1,10.1.0.2,Who has 10.1.0.2
0.3,QUIC,10.1.0.1,10.1.0.2,Initial
0.4,SCTP,10.1.0.1,10.1.0.2,INIT
0.5,MQTT,10.1.0.1,10.1.0.2,CONNECT
0.55,TLS,10.1.0.1,10.1.0.2,Client Hello
0.6,WebSocket,10.1.0.1,10.1.0.2,hello
`;

  it("has packets of ICMP and ARP, and no TCP in place of what is none", async () => {
    const { output, summary } = await made(TABLE);
    const rows = packetListOf(output).map(({ Protocol, Info }) => `${Protocol} ${Info}`);
    expect(rows.slice(0, 3)).toEqual([
      "ICMP Echo (ping) request  id=0x0001, seq=1/256, ttl=64",
      "ICMP Echo (ping) reply    id=0x0001, seq=1/256, ttl=64 (request in 1)",
      "ARP Who has 10.1.0.2? Tell 10.1.0.1",
    ]);
    const ports = tshark("-r", output, "-T", "fields", "-e", "tcp.dstport", "-e", "udp.dstport").split("\n");
    expect(ports).toContain("\t443");
    for (const port of ["80\t", "443\t", "1883\t"]) expect(ports).toContain(port);
    const words = packetListOf(output).map(({ Info }) => Info);
    expect(words).toContain("Client Hello");
    expect(words).toContain("Connect Command");
    expect(ports.some((line) => line.includes("9999"))).toBe(false);
    expect(summary.warnings).toEqual([
      "1 row was left out, because such packets cannot be made here (SCTP 1), the first on line 6.",
    ]);
    await expect(made(TABLE, { strict: true })).rejects.toThrow(
      'line 6: a packet of the protocol "SCTP" cannot be made',
    );
  });

  it("that says a SYN again has it sent again, and data too where an acknowledgement is due", async () => {
    const csv = `time,src,sport,dst,dport,flags,len
0.0,10.1.0.1,40000,10.1.0.2,80,S,0
1.0,10.1.0.1,40000,10.1.0.2,80,S,0
3.0,10.1.0.1,40000,10.1.0.2,80,S,0
3.1,10.1.0.2,80,10.1.0.1,40000,SA,0
3.2,10.1.0.1,40000,10.1.0.2,80,A,0
3.3,10.1.0.1,40000,10.1.0.2,80,PA,100
3.6,10.1.0.1,40000,10.1.0.2,80,PA,100
3.7,10.1.0.2,80,10.1.0.1,40000,A,0
3.8,10.1.0.1,40000,10.1.0.2,80,PA,100
3.81,10.1.0.1,40000,10.1.0.2,80,PA,100
`;
    const { output, summary } = await made(csv);
    const fields = ["frame.number", "tcp.stream"].flatMap((name) => ["-e", name]);
    const again = tshark("-r", output, "-Y", "tcp.analysis.retransmission", "-T", "fields", ...fields);
    expect(again).toBe("2\t0\n3\t0\n7\t0\n");
    expect(tshark("-r", output, "-Y", "tcp.seq == 201", "-T", "fields", "-e", "frame.number")).toBe("10\n");
    expect(summary.reopenedConnections).toBe(0);
    expect(summary.repeatedSegments).toBe(1);
  });

  it.each(["0x0018", "0x018 (PSH, ACK)", "·······AP···", ".......AP...", "24"])("takes %s for flags", async (flags) => {
    const csv = `src_ip,dst_ip,src_port,dst_port,flags,message,timestamp\n10.0.0.1,10.0.0.2,50001,80,"${flags}",hello,0.1\n`;
    const { output } = await made(csv);
    expect(tshark("-r", output, "-T", "fields", "-e", "tcp.flags")).toBe("0x0018\n");
  });
});
