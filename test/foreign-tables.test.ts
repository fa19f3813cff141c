/** Tables that were once carried as something else than they say, as tshark sees what is made of them now. */
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../lib/encapsulate.ts";
import { formatCaptureSummary } from "../scripts/encapsulate/capture-summary.ts";
import { temporaryFolder } from "./helpers/captures/captures.ts";
import { isMissing } from "./helpers/judges/tools.ts";
import { complaints, tshark } from "./helpers/judges/tshark.ts";

const folder = temporaryFolder();

async function capture(lines: readonly string[], options: Partial<EncapsulateOptions> = {}) {
  const input = path.join(folder, "table.csv");
  const output = path.join(folder, "table.pcap");
  fs.writeFileSync(input, `${lines.join("\n")}\n`);
  const summary = await encapsulate({ input, output, ...options });
  return { output, summary, text: await formatCaptureSummary(summary, output) };
}

/** Of the frames that a filter lets through, the fields, a line each. */
function shown(file: string, filter: string, ...fields: string[]): string[] {
  const wanted = fields.flatMap((field) => ["-e", field]);
  return tshark("-r", file, "-Y", filter, "-T", "fields", ...wanted)
    .split("\n")
    .slice(0, -1)
    .map((line) => line.replaceAll("\t", " ").trimEnd());
}

describe.skipIf(isMissing("tshark"))("tshark, of tables that were once carried as something else", () => {
  it("sees one request whose body waited for 100 Continue", async () => {
    const { output } = await capture([
      "timestamp,app_protocol,src_app,dst_app,message",
      '0.0,HTTP,client,server,"POST /c HTTP/1.1\\r\\nHost: h\\r\\nExpect: 100-continue\\r\\nContent-Length: 4\\r\\n\\r\\n"',
      '0.1,HTTP,server,client,"HTTP/1.1 100 Continue\\r\\n\\r\\n"',
      '0.2,HTTP,client,server,"DATA"',
      '0.3,HTTP,server,client,"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"',
    ]);
    expect(complaints(output)).toEqual([]);
    const fields = ["http.request.method", "http.response.code", "http.content_length", "http.file_data"];
    expect(shown(output, "http", ...fields)).toEqual([" 100", "POST  4 DATA", " 200 2 ok"]);
  });

  it("sees a method of WebDAV", async () => {
    const { output } = await capture([
      "timestamp,app_protocol,src_app,dst_app,message",
      '0.0,HTTP,client,server,"PROPFIND /d HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"',
      '0.1,HTTP,server,client,"HTTP/1.1 207 Multi-Status\\r\\nContent-Length: 0\\r\\n\\r\\n"',
    ]);
    expect(complaints(output)).toEqual([]);
    expect(shown(output, "http.request", "tcp.payload")).toEqual([
      Buffer.from("PROPFIND /d HTTP/1.1\r\nHost: h\r\n\r\n").toString("hex"),
    ]);
  });

  it("sees DNS over TCP where the rows say so, and datagrams where they say that", async () => {
    const { output, summary } = await capture([
      "timestamp,protocol,transport,src,dst,message",
      "0.0,DNS,TCP,10.1.0.1,10.1.0.53,Query www.example.com",
      "0.1,DNS,TCP,10.1.0.53,10.1.0.1,192.0.2.7",
      "1.0,DNS,UDP,10.1.0.1,10.1.0.53,Query www.example.com",
      "1.1,DNS,UDP,10.1.0.53,10.1.0.1,192.0.2.7",
      "2.0,DNS over TCP,,10.1.0.2,10.1.0.53,Query b.example",
      "2.1,DNS over TCP,,10.1.0.53,10.1.0.2,192.0.2.8",
    ]);
    expect(complaints(output)).toEqual([]);
    expect(shown(output, "dns && tcp.port == 53", "dns.length", "dns.qry.name", "dns.a")).toEqual([
      "33 www.example.com",
      "64 www.example.com 192.0.2.7",
      "27 b.example",
      "52 b.example 192.0.2.8",
    ]);
    expect(shown(output, "dns && udp.port == 53", "dns.qry.name", "dns.a")).toHaveLength(2);
    expect(shown(output, "dns.response_to", "frame.number")).toHaveLength(3);
    expect(Array.from(summary.conversations, ({ transport, messages }) => [transport, messages])).toEqual([
      ["tcp", 2],
      ["udp", 2],
      ["tcp", 2],
    ]);
  });

  it("sees SYSLOG as lines over TCP, on no other service's port", async () => {
    const { output } = await capture([
      "timestamp,protocol,transport,src,dst,message",
      "0.0,SYSLOG,TCP,10.1.0.1,10.1.0.53,<34>one",
      "0.1,SYSLOG,UDP,10.1.0.1,10.1.0.53,<34>two",
    ]);
    expect(complaints(output)).toEqual([]);
    expect(shown(output, "tcp.payload", "tcp.dstport", "tcp.payload")).toEqual([
      `601 ${Buffer.from("<34>one\n").toString("hex")}`,
    ]);
    expect(shown(output, "syslog", "syslog.msg")).toEqual(["two"]);
  });

  it("sees the SYNs come from those who talk to the chat server, whatever its port", async () => {
    const { output } = await capture([
      "app_protocol,src_port,dst_port,message,timestamp",
      "CHAT,5001,9009,HELLO alice,0.001",
      "CHAT,5002,9009,HELLO bob,0.006",
      "CHAT,9009,5001,WELCOME alice,0.010",
      "CHAT,9009,5002,WELCOME bob,0.011",
      "CHAT,5001,9009,MSG bob hi,0.020",
    ]);
    expect(complaints(output)).toEqual([]);
    expect(shown(output, "tcp.flags == 0x002", "tcp.srcport", "tcp.dstport")).toEqual(["5001 9009", "5002 9009"]);
  });

  it("sees HTTP on the port that the rows give, and the summary says what Wireshark says of it", async () => {
    const { output, summary, text } = await capture([
      "msg_id,app_protocol,src_app,dst_app,message,timestamp,src_port,dst_port",
      "1,HTTP,client_browser,cdn_server,GET /assets/logo.png,0.677,54102,443",
      "2,HTTP,cdn_server,client_browser,HTTP/1.1 200 OK (Image),0.727,443,54102",
    ]);
    expect(shown(output, "http", "tcp.srcport", "tcp.dstport")).toEqual(["54102 443", "443 54102"]);
    expect(complaints(output).every((line) => line.includes("Unencrypted HTTP protocol"))).toBe(true);
    expect(summary.conversations.length).toBe(1);
    expect(text).toContain("although it is for something else (Wireshark may warn of them or call them malformed): 2.");
  });

  it("keeps the port of a datagram, too, and lists no conversation that nothing belongs to", async () => {
    const header = "timestamp,app_protocol,src_app,dst_app,dst_port,message";
    const given = await capture([
      header,
      "0,DNS,pc,resolver,53,see you tomorrow",
      "1,NTP,pc,clock,123,what time is it?",
    ]);
    expect(shown(given.output, "udp", "udp.dstport")).toEqual(["53", "123"]);
    expect(given.summary).toMatchObject({ misplacedMessages: 2, movedMessages: 0 });
    const free = await capture([header, "0,DNS,pc,resolver,,see you tomorrow", "1,NTP,pc,clock,,what time is it?"]);
    expect(shown(free.output, "udp", "udp.dstport")).toEqual(["46464", "46464"]);
    expect(free.summary).toMatchObject({ misplacedMessages: 0, movedMessages: 2 });
    expect(complaints(free.output)).toEqual([]);
    for (const { summary } of [given, free]) {
      expect(Array.from(summary.conversations, ({ messages, packets }) => [messages, packets])).toEqual([
        [1, 1],
        [1, 1],
      ]);
    }
  });

  it("takes what fills datagrams to port 53 for DNS of their length", async () => {
    const lengths = [17, 19, 31, 80, 81, 82, 145, 271, 272, 300, 1200];
    const { output, summary } = await capture([
      "timestamp,src_ip,dst_ip,protocol,src_port,dst_port,payload_size,flags",
      "0,10.4.0.5,10.4.0.1,TCP,50002,80,0,SYN",
      ...lengths.map((length, index) => `${index + 1},10.4.0.5,10.4.0.53,DNS,50003,53,${length},`),
    ]);
    expect(complaints(output)).toEqual([]);
    expect(shown(output, "dns", "udp.length")).toEqual(lengths.map((length) => String(length + 8)));
    expect(summary.misplacedMessages).toBe(0);
  });
});
