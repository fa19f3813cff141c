import fs from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { ethernet, FOUR, hex, ip, join, udp } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { runScript, runShell } from "../helpers/programs/run-script.ts";
import { packetsOf } from "../pcap/capture-bytes.ts";

const folder = temporaryFolder();
const place = (name: string) => path.join(folder, name);
const input = place("in.pcap");
const usage = "Usage: npx tsx scripts/edit.ts [options] <input> <output>\n";

beforeAll(async () => {
  await runScript("encapsulate", ["fixtures/input.csv", input, "--quiet"]);
});

describe("edit", () => {
  it("explains itself", async () => {
    const help = await runScript("edit", ["--help"]);
    expect(help.code).toBe(0);
    for (const flag of [
      "filter",
      "range",
      "shift",
      "start",
      "map-ip",
      "map-mac",
      "anonymize",
      "dns",
      "snap",
      "strip-payload",
      "vlan",
      "link",
      "format",
      "merge",
      "split-by",
    ]) {
      expect(help.stdout).toContain(`--${flag}`);
    }
    expect((await runScript("edit", ["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [[], "error: missing required argument 'input'"],
    [["x.pcap"], "error: missing required argument 'output'"],
    [
      ["x", "y", "--map-ip", "10.0.0.0/8"],
      "error: option '--map-ip <rule>' argument '10.0.0.0/8' is invalid. Write two prefixes of one version",
    ],
    [
      ["x", "y", "--map-ip", "10.0.0.0/8=fd00::/8"],
      "error: option '--map-ip <rule>' argument '10.0.0.0/8=fd00::/8' is invalid. Write two prefixes of one version",
    ],
    [
      ["x", "y", "--map-mac", "00:11=22"],
      "error: option '--map-mac <rule>' argument '00:11=22' is invalid. Write two addresses, or as many",
    ],
    [
      ["x", "y", "--range", "9-5"],
      "error: option '--range <numbers>' argument '9-5' is invalid. Write numbers and ranges",
    ],
    [
      ["x", "y", "--shift", "soon"],
      "error: option '--shift <time>' argument 'soon' is invalid. Write a length of time",
    ],
    [["x", "y", "--start", "soon"], "error: option '--start <time>' argument 'soon' is invalid. Write an instant"],
    ...["4095", "4096", "-1"].map((id): [string[], string] => [
      ["x", "y", "--vlan", id],
      `error: option '--vlan <id>' argument '${id}' is invalid. Write the number of a VLAN from 1 to 4094`,
    ]),
    [
      ["x", "y", "--shift", "1h", "--start", "2026-07-01T12:00:00Z"],
      "edit: --shift and --start exclude each other; give one of them.\n",
    ],
    [
      ["x", "y", "--link", "TOKEN"],
      "error: option '--link <type>' argument 'TOKEN' is invalid. Write one of ETHERNET, RAW",
    ],
    [
      ["x", "y", "--split-by", "minutes"],
      "error: option '--split-by <how>' argument 'minutes' is invalid. Write stream, ",
    ],
    [["x", "y", "--anonymize", ""], "error: option '--anonymize <key>' argument '' is invalid. The key is empty"],
    [
      ["x", "y", "--anonymize", "@/no/such/file"],
      "error: option '--anonymize <key>' argument '@/no/such/file' is invalid. There is no file /no/such/file",
    ],
    [["x", "y", "--snap", "0"], "error: option '--snap <bytes>' argument '0' is invalid. Give a whole number"],
    [["x", "y", "--dns"], "edit: --dns needs --map-ip or --anonymize.\n"],
    [["x", "y", "--json", "--quiet"], "edit: --json and --quiet exclude each other; give one of them.\n"],
    [["x", "-", "--json"], "edit: --json and the capture cannot both go to standard output; name an output file.\n"],
    [
      ["x", "y", "--vlan", "5", "--link", "RAW"],
      "edit: --vlan needs Ethernet, and --link asks for something else; give one of them.\n",
    ],
  ])("refuses a command line that cannot be: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await runScript("edit", args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(sentence);
    expect(stderr.endsWith(usage)).toBe(true);
  });

  it.each([
    [[place("none.pcap"), place("out.pcap")], 1, /^edit: \S+none\.pcap: .*\n$/],
    [
      ["fixtures/input.csv", place("out.pcap")],
      1,
      /^edit: fixtures\/input\.csv, byte 0: this is CSV, not a packet capture; .*\n$/,
    ],
    [[input, input], 2, /^edit: \S+in\.pcap is the input itself; name another file to write to\.\n$/],
    [
      [input, place("out.pcap"), "--filter", "tcp.prt == 80"],
      2,
      /^edit: Column 1 of the filter: "tcp\.prt" is not a field.*\n.*\n +\^\n$/,
    ],
    [["-", place("out.pcap"), "--merge", "-"], 2, /^edit: Standard input can be read only once; .*\n$/],
    [[input, "-", "--split-by", "stream"], 2, /^edit: Standard output is one file; name an output file to split\.\n$/],
    [[input, place("out.pcap"), "--shift", "-60000d"], 1, /^edit: A frame would be stamped .*1970 to 2106.*\n$/],
  ] as const)("says in a sentence what cannot be done: %j", async (args, expected, sentence) => {
    const { code, stdout, stderr } = await runScript("edit", args);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(expected);
    expect(stdout).toBe("");
    expect(fs.readdirSync(folder).filter((name) => name.includes("out"))).toEqual([]);
  });

  it("says what it has done", async () => {
    const { code, stdout, stderr } = await runScript("edit", [
      input,
      place("mapped.pcap"),
      "--map-ip",
      "10.0.0.0/8=192.168.0.0/16",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(
      `78 packets read, 78 written: 16,250 bytes in ${place("mapped.pcap")}.\nAddresses changed: 156 IPv4, in 78 packets.\nChecksums changed with them: 156.\n`,
    );
    const quiet = await runScript("edit", [
      input,
      place("quiet.pcap"),
      "--map-ip",
      "10.0.0.0/8=192.168.0.0/16",
      "--quiet",
    ]);
    expect([quiet.code, quiet.stdout, quiet.stderr]).toEqual([0, "", ""]);
    expect(fs.readFileSync(place("quiet.pcap"))).toEqual(fs.readFileSync(place("mapped.pcap")));
  });

  it("warns of what it could not look into, and of what applications say", async () => {
    const frames = [ethernet(0x0800, ip(FOUR, 17, udp())), ethernet(0x1234, hex("0a000001"))];
    const file = captureFile(
      folder,
      "unread.pcap",
      pcapOf(
        1,
        frames.map((bytes, time) => ({ time, bytes })),
      ),
    );
    const { stdout } = await runScript("edit", [file, place("hidden.pcap"), "--anonymize", "tea"]);
    expect(stdout).toContain(
      "Not looked into, so that addresses behind these may be unchanged: EtherType 0x1234 (1).\n",
    );
    expect(stdout).toContain(
      "What applications sent is as it was, and may name addresses; --strip-payload takes it away.\n",
    );
  });

  it("tells programs the same", async () => {
    const { stdout } = await runScript("edit", [
      input,
      place("j.pcap"),
      "--range",
      "1-10",
      "--map-ip",
      "10.0.0.1=1.2.3.4",
      "--json",
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      packets: 10,
      written: 10,
      format: "pcap",
      files: [{ file: place("j.pcap"), packets: 10 }],
      leftOut: [],
      cutAddresses: 0,
      notLookedInto: [],
    });
  });

  it("takes the key from a file, and the same key gives the same capture", async () => {
    fs.writeFileSync(place("key"), "a secret of ours\r\nand more\n");
    await runScript("edit", [input, place("k1.pcap"), "--anonymize", `@${place("key")}`]);
    await runScript("edit", [input, place("k2.pcap"), "--anonymize", "a secret of ours"]);
    await runScript("edit", [input, place("k3.pcap"), "--anonymize", "another secret"]);
    expect(fs.readFileSync(place("k1.pcap"))).toEqual(fs.readFileSync(place("k2.pcap")));
    expect(fs.readFileSync(place("k1.pcap"))).not.toEqual(fs.readFileSync(place("k3.pcap")));
  });

  it("stands in a row of pipes, packed input and all", async () => {
    const line = `gzip -c ${input} | $WW/edit.ts - - --filter "tcp.stream == 2" 2>${place("said")} | $WW/edit.ts - ${place("piped.pcapng")} --vlan 7`;
    const { code, stdout } = await runShell(`set -o pipefail; ${line}`);
    expect(code).toBe(0);
    expect(stdout).toContain("15 packets read, 15 written");
    expect(fs.readFileSync(place("said"), "utf8")).toMatch(
      /^78 packets read, 15 written: [\d,]+ bytes in standard output\.\nLeft out: 63 packets that the filter does not match\.\n$/,
    );
    expect(await packetsOf(fs.readFileSync(place("piped.pcapng")))).toHaveLength(15);
  });

  it("names the parts of what it splits", async () => {
    const { stdout } = await runScript("edit", [input, place("part.pcapng"), "--split-by", "packets 30"]);
    expect(stdout).toContain(`in 3 files, ${place("part-00001.pcapng")} to ${place("part-00003.pcapng")}.\n`);
    const counts = [1, 2, 3].map(
      async (part) => (await packetsOf(fs.readFileSync(place(`part-0000${part}.pcapng`)))).length,
    );
    expect(await Promise.all(counts)).toEqual([30, 30, 18]);
  });

  it("changes the addresses in DNS answers on request", async () => {
    const answer = hex("1234 8180 0001 0001 0000 0000 03777777 00 0001 0001 c00c 0001 0001 0000003c 0004 0a000009");
    const file = captureFile(
      folder,
      "dns.pcap",
      pcapOf(1, [{ time: 0, bytes: ethernet(0x0800, ip(FOUR, 17, udp({ ports: [53, 40_000] }, answer))) }]),
    );
    const last = async (...flags: string[]) => {
      await runScript("edit", [file, place("answers.pcap"), "--map-ip", "10.0.0.0/8=192.168.0.0/16", ...flags]);
      return (await packetsOf(fs.readFileSync(place("answers.pcap"))))[0]!.data.slice(-8);
    };
    expect(await last()).toBe("0a000009");
    expect(await last("--dns")).toBe("c0a80009");
  });

  it("leaves no byte of the old addresses in the file, under a key", async () => {
    const hosts = [hex("0a000001"), hex("0a000002")];
    const file = captureFile(
      folder,
      "plain.pcap",
      pcapOf(1, [{ time: 0, bytes: join(ethernet(0x0800, ip(FOUR, 17, udp()))) }]),
    );
    await runScript("edit", [file, place("secret.pcap"), "--anonymize", "00".repeat(32)]);
    const output = fs.readFileSync(place("secret.pcap"));
    for (const host of hosts) expect(output.includes(Buffer.from(host))).toBe(false);
  });
});
