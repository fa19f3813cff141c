import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { type EncapsulateOptions, encapsulate } from "../../lib/encapsulate.ts";
import { temporaryFolder } from "../helpers/captures/captures.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { complaints, tshark } from "../helpers/judges/tshark.ts";

const folder = temporaryFolder();
let files = 0;

async function capture(csv: string, options: Partial<EncapsulateOptions> = {}): Promise<string> {
  const name = path.join(folder, `${++files}`);
  fs.writeFileSync(`${name}.csv`, csv);
  await encapsulate({ input: `${name}.csv`, output: `${name}.pcap`, payload: "exact", ...options });
  return `${name}.pcap`;
}

/** The given fields of each frame, with a space between. */
const shown = (file: string, ...fields: string[]) =>
  tshark("-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field]))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.replaceAll("\t", " "));

const HEADER = "app_protocol,src_app,dst_app,message,timestamp";

describe.skipIf(isMissing("tshark"))("what rows say of their frames", () => {
  it("holds for the conversation from its handshake to its close, each way as its own rows say", async () => {
    const file = await capture(`${HEADER},vlan,ttl\nCHAT,alice,bob,hello,0,20,128\nCHAT,bob,alice,hi,0.1,,57\n`);
    expect(complaints(file)).toEqual([]);
    const ways = new Set(shown(file, "ip.src", "vlan.id", "ip.ttl"));
    expect(ways).toEqual(new Set(["10.0.0.1 20 128", "10.0.0.2 20 57"]));
  });

  it("is left as everywhere where nobody says it", async () => {
    const file = await capture(
      `${HEADER},src_mac,vlan,ttl\nCHAT,alice,bob,hello,0,0a:00:00:00:00:01,,3\nCHAT,carol,dave,hi,0.1,,20,\n`,
    );
    expect(new Set(shown(file, "eth.src", "eth.dst", "vlan.id", "ip.ttl"))).toEqual(
      new Set([
        "0a:00:00:00:00:01 02:00:0a:00:00:02  3",
        "02:00:0a:00:00:02 0a:00:00:00:00:01  64",
        "02:00:0a:00:00:03 02:00:0a:00:00:04 20 64",
        "02:00:0a:00:00:04 02:00:0a:00:00:03 20 64",
      ]),
    );
  });

  it("changes with the row that says otherwise, at its time", async () => {
    const file = await capture(`${HEADER},vlan,ttl\nCHAT,alice,bob,one,0,5,9\nCHAT,alice,bob,two,1,6,\n`);
    const data = shown(file, "frame.time_epoch", "vlan.id", "ip.ttl", "tcp.len").filter((line) => line.endsWith(" 3"));
    expect(data).toEqual(["1767225600.000000000 5 9 3", "1767225601.000000000 6 9 3"]);
    const before = shown(file, "frame.time_epoch", "vlan.id").filter((line) => line < "1767225600.9");
    expect(before.every((line) => line.endsWith(" 5"))).toBe(true);
  });

  it("holds for connections that are opened again", async () => {
    const csv = `${HEADER},vlan\nCHAT,alice,bob,one,0,5\nCHAT,alice,bob,two,9,6\n`;
    const file = await capture(csv, { idleClose: 1_000_000 });
    const vlans = shown(file, "tcp.stream", "vlan.id");
    expect(new Set(vlans)).toEqual(new Set(["0 5", "1 6"]));
  });

  it("holds for datagrams, packets of a table and packets without a conversation", async () => {
    const rows = "DNS,alice,bob,x,0,5,9\nICMP,alice,bob,Echo request,0.1,6,8\n";
    expect(shown(await capture(`${HEADER},vlan,ttl\n${rows}`), "vlan.id", "ip.ttl")).toEqual(["5 9", "6 8"]);
    const table = "Source IP,Destination IP,Source Port,Destination Port,TCP Flags,Message,Time,TTL,VLAN\n";
    const segments = `10.1.0.1,10.1.0.2,5000,80,S,,0,61,3\n10.1.0.2,10.1.0.1,80,5000,SA,,0.1,62,3\n10.1.0.1,10.1.0.2,5000,80,A,,0.2,7,4\n`;
    expect(shown(await capture(table + segments), "vlan.id", "ip.ttl")).toEqual(["3 61", "3 62", "4 7"]);
  });

  it("stands in the place of the innermost tag, behind labels and in the tunnel where that is its place", async () => {
    const csv = `${HEADER},src_mac,vlan\nCHAT,alice,bob,one,0,0a:00:00:00:00:01,5\n`;
    const both = await capture(csv, { encapsulation: { vlan: [100, 200], mpls: [16] } });
    expect(new Set(shown(both, "ieee8021ad.id", "vlan.id", "mpls.label"))).toEqual(new Set(["100 5 16"]));
    const one = await capture(csv, { encapsulation: { vlan: [200] } });
    expect(new Set(shown(one, "ieee8021ad.id", "vlan.id"))).toEqual(new Set([" 5"]));
    const tunnel = { kind: "vxlan", near: 0xc000_0201, far: 0xc000_0202, networkIdentifier: 9 } as const;
    const [syn] = shown(await capture(csv, { encapsulation: { tunnel } }), "eth.src", "vlan.id");
    expect(syn).toBe("02:00:c0:00:02:01,0a:00:00:00:00:01 5");
  });

  it("is not on the wire where the link layer has no place for it", async () => {
    const csv = `${HEADER},src_mac,vlan,ttl\nCHAT,alice,bob,one,0,0a:00:00:00:00:01,5,9\n`;
    const raw = await capture(csv, { link: "raw" });
    expect(complaints(raw)).toEqual([]);
    expect(shown(raw, "frame.protocols", "ip.ttl")[0]).toBe("raw:ip:tcp 9");
    const loopback = await capture(csv, { loopback: true });
    expect(shown(loopback, "eth.src", "vlan.id", "ip.ttl")[0]).toBe("00:00:00:00:00:00  64");
  });
});
