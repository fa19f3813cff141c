/** Who opens the connection: from whole tables, since the rows around the first one count. */
import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EndPoint, Message } from "../../lib/csv/message.ts";
import { encapsulate } from "../../lib/encapsulate.ts";
import { TalkedTo } from "../../lib/traffic/client-or-server.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";

const folder = temporaryFolder();

/** `client > server` of each conversation, by name. */
async function sidesOf(header: string, rows: readonly string[]): Promise<string[]> {
  const input = path.join(folder, "table.csv");
  const lines = rows.map((row, index) => `${row},${index / 1000}`);
  fs.writeFileSync(input, `${header},timestamp\n${lines.join("\n")}\n`);
  const { conversations } = await encapsulate({ input });
  return Array.from(conversations, ({ client, server }) => `${client.name} > ${server.name}`);
}

const PORTS = "app_protocol,src_port,dst_port,message";
const CASES: [about: string, rows: string[], sides: string[]][] = [
  [
    "several talk to the higher port",
    ["CHAT,5001,9009,HELLO", "CHAT,5002,9009,HELLO", "CHAT,9009,5001,WELCOME", "CHAT,9009,5002,WELCOME"],
    ["port 5001 > port 9009", "port 5002 > port 9009"],
  ],
  [
    "it speaks first to one who has not spoken",
    ["CHAT,5001,9009,to all: hi", "CHAT,9009,5002,hi", "CHAT,9009,5003,hi"],
    ["port 5001 > port 9009", "port 5002 > port 9009", "port 5003 > port 9009"],
  ],
  [
    "it greets everybody",
    ["CHAT,9009,5001,name?", "CHAT,5001,9009,alice", "CHAT,9009,5002,name?", "CHAT,5002,9009,bob"],
    ["port 5001 > port 9009", "port 5002 > port 9009"],
  ],
  [
    "it has a port that clients get, and so have they",
    ["CHAT,50001,60009,HELLO", "CHAT,60009,50001,hi", "CHAT,60009,50002,hi"],
    ["port 50001 > port 60009", "port 50002 > port 60009"],
  ],
  ["one talks to the higher port", ["CHAT,5001,9009,HELLO", "CHAT,9009,5001,WELCOME"], ["port 5001 > port 9009"]],
  ["datagrams", ["RTP,5001,9009,a", "RTP,9009,5001,b"], ["port 5001 > port 9009"]],
  ["a service answers a query that was not seen", ["X,443,5001,data", "X,5001,443,data"], ["port 5001 > port 443"]],
  ["one greets a port that clients get", ["CHAT,9009,52011,name?", "CHAT,52011,9009,al"], ["port 52011 > port 9009"]],
  [
    "a client's port is used again for another server",
    ["HTTP,5001,9009,GET /a", "HTTP,9009,5001,200 OK", "HTTP,5001,9010,GET /b", "HTTP,9010,5001,200 OK"],
    ["port 5001 > port 9009", "port 5001 > port 9010"],
  ],
  ["the answer comes first", ["HTTP,9009,5001,200 OK", "HTTP,5001,9009,GET /"], ["port 5001 > port 9009"]],
  ["a reply comes first", ["FTP,9009,5001,220 ready", "FTP,5001,9009,USER x"], ["port 5001 > port 9009"]],
  [
    "the first SYN says so",
    ["X,9009,5001,SYN", "X,5001,9009,SYN-ACK", "X,9009,5002,SYN"],
    ["port 9009 > port 5001", "port 9009 > port 5002"],
  ],
  [
    "two ports of services",
    ["DNS,53,80,Query a.example", "NTP,123,124,x"],
    ["port 80 > port 53", "port 124 > port 123"],
  ],
];

describe("the server", () => {
  test.each(CASES)("%s", async (_about, rows, sides) => {
    expect(await sidesOf(PORTS, rows)).toEqual(sides);
  });

  test("is told from as many rows ahead, whatever comes between", async () => {
    const between = Array.from({ length: 900 }, (_, index) => `CHAT,${6000 + index},80,x`);
    const sides = await sidesOf(PORTS, ["CHAT,9009,5001,name?", ...between, "CHAT,5002,9009,hi"]);
    expect([sides[0], sides.at(-1)]).toEqual(["port 5001 > port 9009", "port 5002 > port 9009"]);
  });

  test("stays who it was when rows too far behind tell otherwise", async () => {
    const between = Array.from({ length: 3000 }, () => "CHAT,6000,80,x");
    const sides = await sidesOf(PORTS, ["CHAT,9009,5001,name?", ...between, "CHAT,5002,9009,hi", "CHAT,9009,5001,y"]);
    expect(sides).toEqual(["port 9009 > port 5001", "port 6000 > port 80", "port 5002 > port 9009"]);
  });

  test("is known by addresses and ports together", async () => {
    const header = "app_protocol,src_ip,src_port,dst_ip,dst_port,message";
    const rows = ["CHAT,10.0.0.9,9009,10.0.0.1,5001,hi", "CHAT,10.0.0.2,5001,10.0.0.9,9009,hi"];
    expect(await sidesOf(header, rows)).toEqual(["10.0.0.1 > 10.0.0.9", "10.0.0.2 > 10.0.0.9"]);
  });
});

const endPoints: readonly EndPoint[] = Array.from({ length: 200 }, (_, index) => ({
  index,
  name: `n${index}`,
  ...(index % 10 !== 0 && { port: 1000 + index }),
}));

test("tells who has several partners, and never calls one a listener that nobody spoke to first", () => {
  const pair = fc.tuple(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 0, max: 199 }));
  const property = fc.property(fc.array(pair, { maxLength: 300 }), (pairs) => {
    const talkedTo = new TalkedTo();
    const partners = endPoints.map(() => new Set<number>());
    const wereAddressed = new Set<number>();
    const met = new Set<string>();
    for (const [from, to] of pairs) {
      if (from === to) continue;
      const [source, destination] = [endPoints[from]!, endPoints[to]!];
      talkedTo.note({ source, destination } as Message);
      if (source.port === undefined || destination.port === undefined) continue;
      partners[from]!.add(to);
      partners[to]!.add(from);
      const key = [from, to].sort().join();
      if (!met.has(key)) wereAddressed.add(to);
      met.add(key);
    }
    for (const endPoint of endPoints) {
      expect(talkedTo.hasSeveral(endPoint)).toBe(partners[endPoint.index]!.size > 1);
      if (talkedTo.listens(endPoint)) expect(wereAddressed.has(endPoint.index)).toBe(true);
    }
  });
  fc.assert(property, { numRuns: 500 });
});
