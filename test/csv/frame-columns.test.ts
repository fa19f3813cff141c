import { describe, expect, it } from "vitest";
import type { ReadOptions } from "../../lib/csv/csv-reader.ts";
import type { Message } from "../../lib/csv/message.ts";
import { openMessages } from "../../lib/traffic/message-source.ts";
import { inChunks, toBytes } from "./read-csv.ts";

async function read(text: string, options: Partial<ReadOptions> = {}) {
  const chunks = inChunks(toBytes(text), 65_536);
  const source = await openMessages(chunks, { file: "bad.csv", ticksPerSecond: 1_000_000, ...options });
  const messages: Message[] = [];
  for await (const batch of source.batches()) messages.push(...batch);
  return {
    fields: messages.map(({ fields }) => fields),
    hasFields: source.hasFields,
    columns: source.dialect.columns,
    alone: source.dialect.unknownColumns,
    warnings: source.warnings.map(({ text: said }) => said),
  };
}

/** A table with columns beside the usual ones, a cell for each in each row. */
const table = (names: string, ...rows: string[]) =>
  `app_protocol,src_app,dst_app,message,timestamp,${names}\n${rows
    .map((cells, i) => `CHAT,alice,bob,hello,${i},${cells}\n`)
    .join("")}`;

const MAC = 0x001b_213c_4d5e;

describe("columns about frames", () => {
  it.each([
    ["src_mac", "00:1b:21:3c:4d:5e", { sourceMac: MAC }],
    ["Source MAC Address", "00-1B-21-3C-4D-5E", { sourceMac: MAC }],
    ["mac_src", "00:1b:21:3c:4d:5e", { sourceMac: MAC }],
    ["eth.src", "00:1b:21:3c:4d:5e", { sourceMac: MAC }],
    ["dst_mac", "ff:ff:ff:ff:ff:ff", { destinationMac: 0xffff_ffff_ffff }],
    ["Destination MAC", "00:1b:21:3c:4d:5e", { destinationMac: MAC }],
    ["vlan", "10", { vlan: 10 }],
    ["VLAN ID", "4094.0", { vlan: 4094 }],
    ["ttl", "128", { timeToLive: 128 }],
    ["ip.ttl", "1", { timeToLive: 1 }],
    ["Hop Limit", "255", { timeToLive: 255 }],
  ])("are known by their names: %s", async (name, cell, fields) => {
    const { fields: read1, hasFields, alone } = await read(table(name, cell));
    expect(read1).toEqual([fields]);
    expect({ hasFields, alone }).toEqual({ hasFields: true, alone: [] });
  });

  it("give equal rows the same object, and rows that say nothing none", async () => {
    const { fields } = await read(table("vlan,ttl", "10,64", "10,64", ",", "-,-", "0,", "10,"));
    expect(fields[1]).toBe(fields[0]);
    expect(fields.slice(2)).toEqual([undefined, undefined, undefined, undefined, { vlan: 10 }].slice(1));
  });

  it("say nothing where there are none", async () => {
    const { fields, hasFields } = await read(table("priority", "3"));
    expect({ fields, hasFields }).toEqual({ fields: [undefined], hasFields: false });
  });

  it("are read of packet tables and of rows of ICMP, too", async () => {
    const packets = "Source IP,Destination IP,Source Port,Destination Port,TCP Flags,Message,Time,TTL\n";
    expect((await read(`${packets}10.1.0.1,10.1.0.2,5000,80,S,,0,61\n`)).fields).toEqual([{ timeToLive: 61 }]);
    const ping = "app_protocol,src_app,dst_app,message,timestamp,vlan\nICMP,alice,bob,Echo request,0,7\n";
    expect((await read(ping)).fields).toEqual([{ vlan: 7 }]);
  });

  it.each([
    ["a TTL of records of DNS", "ttl", ["300", "3600"]],
    ["a TTL that is now and then one of IP", "ttl", ["60", "300"]],
    ["a TTL in words", "ttl", ["1h", "1d"]],
    ["VLANs that have names", "vlan", ["office", "guests"]],
    ["two columns of one name", "vlan,vlan", ["1,2", "3,4"]],
    ["hardware that is none", "src_mac", ["MacBook", "iMac"]],
  ])("are left alone where they hold something else: %s", async (_what, names, cells) => {
    const { fields, hasFields, alone } = await read(table(names, ...cells));
    expect({ fields, hasFields, alone }).toEqual({
      fields: [undefined, undefined],
      hasFields: false,
      alone: names.split(","),
    });
  });

  it("take a TTL that only rows of DNS have for that of their records", async () => {
    const header = "app_protocol,src_app,dst_app,message,timestamp,ttl\n";
    const dns = "DNS,resolver,alice,www.example.com A 192.0.2.1,0,60\n";
    expect((await read(`${header}${dns}`)).hasFields).toBe(false);
    expect((await read(`${header}${dns}HTTP,alice,bob,GET /,1,\n`)).hasFields).toBe(false);
    expect((await read(`${header}${dns}HTTP,alice,bob,GET /,1,64\n`)).hasFields).toBe(true);
    const given = { columns: new Map([["ttl", "ttl"]] as const) };
    expect((await read(`${header}${dns}`, given)).fields).toEqual([{ timeToLive: 60 }]);
  });

  const MAC_ADVICE = "write one such as 02:00:0a:00:00:01, leave the cell empty";
  it.each([
    ["src_mac", "00:1b:21:3c:4d", `"00:1b:21:3c:4d" is not the MAC address of one machine; ${MAC_ADVICE}`],
    ["src_mac", "01:00:5e:00:00:01", `"01:00:5e:00:00:01" is not the MAC address of one machine; ${MAC_ADVICE}`],
    ["dst_mac", "host", `"host" is not a MAC address; ${MAC_ADVICE}`],
    ["vlan", "4095", '"4095" is not a VLAN; write a whole number from 1 to 4094, leave the cell empty'],
    ["ip.ttl", "0", '"0" is not a time to live; write a whole number from 1 to 255, leave the cell empty'],
  ])("are refused with their place where a cell is wrong: %s %s", async (name, cell, sentence) => {
    const right = name.endsWith("mac") ? "00:1b:21:3c:4d:5e" : "9";
    await expect(read(table(name, right, right, cell))).rejects.toThrow(
      `bad.csv, line 4, column 6 (${name}): ${sentence}, or set the column aside with --column ignore=${name}.`,
    );
    const given = { ignoredColumns: [name] };
    expect((await read(table(name, right, right, cell), given)).hasFields).toBe(false);
  });

  it("count what is no TTL behind the first rows, and refuse it where nothing may be put right", async () => {
    const rows = [...new Array<string>(3000).fill("64"), "3600", "3600"];
    const { fields, warnings } = await read(table("ttl", ...rows));
    expect(fields.slice(-3)).toEqual([{ timeToLive: 64 }, undefined, undefined]);
    expect(warnings).toEqual([
      "2 cells of the column called ttl are no time to live of IP, which is 1 to 255, and were left alone, the first on line 3002.",
    ]);
    await expect(read(table("ttl", ...rows), { strict: true })).rejects.toThrow(
      "bad.csv, line 3002: the cell under ttl",
    );
  });

  it("are what the user says they are", async () => {
    const columns = new Map([
      ["vlan", "net"],
      ["ttl", "#7"],
    ] as const);
    expect((await read(table("net,hops", "5,3"), { columns })).fields).toEqual([{ vlan: 5, timeToLive: 3 }]);
    await expect(read(table("net,hops", "lab,3"), { columns })).rejects.toThrow('(net): "lab" is not a VLAN');
  });
});
