/** One frame of which every byte is known: its fields, its drawn headers, and the links between them and the bytes. */
import { beforeAll, describe, expect, it } from "vitest";
import { parseIpv4, parseMac } from "../../../../lib/headers/address.ts";
import { encodeFrame } from "../../../../lib/headers/frame.ts";
import { TcpFlag } from "../../../../lib/headers/tcp-fields.ts";
import { filterOf } from "../../../../lib/report/html/frames/field-list.ts";
import { captureFile, temporaryFolder } from "../../../helpers/captures/captures.ts";
import { pcapOf } from "../../../helpers/captures/pcap-records.ts";
import {
  attribute,
  type Element,
  elementsOf,
  PageReader,
  reportOf,
  textOf,
} from "../../../helpers/judges/page-reader.ts";

const folder = temporaryFolder();
const SYN = encodeFrame({
  ethernet: { source: parseMac("02:00:0a:00:00:01"), destination: parseMac("02:00:0a:00:00:02") },
  ipv4: { source: parseIpv4("10.0.0.1"), destination: parseIpv4("10.0.0.2"), timeToLive: 63 },
  tcp: {
    sourcePort: 49_152,
    destinationPort: 80,
    sequenceNumber: 4_000_000_000,
    flags: TcpFlag.SYN,
    window: 1024,
    options: [{ kind: "mss", value: 1460 }],
  },
});

describe("a SYN", () => {
  let frame: Element[];

  beforeAll(async () => {
    const file = captureFile(folder, "syn.pcap", pcapOf(1, [{ time: 0, bytes: SYN }]));
    const page = new PageReader(await reportOf(file));
    frame = elementsOf(page.withId("frame-1")!);
  });

  const withClass = (name: string) => frame.filter((element) => attribute(element, "class")?.split(" ").includes(name));
  const rowOf = (label: string) => {
    const rows = frame.filter(({ tagName }) => tagName === "tr");
    return rows.find((row) => elementsOf(row).some((cell) => cell.tagName === "th" && textOf(cell) === label))!;
  };
  const cells = (label: string) =>
    elementsOf(rowOf(label))
      .filter(({ tagName }) => tagName === "td" || tagName === "th")
      .map(textOf);
  const bytesOf = (label: string) => {
    const number = attribute(rowOf(label), "data-f")!;
    const runs = elementsOf(withClass("hex")[0]!).filter((run) =>
      [attribute(run, "data-f"), attribute(run, "data-o")].join(" ").split(" ").includes(number),
    );
    return runs.map(textOf).join(" ").replace(/\s+/g, " ");
  };

  it("stands open, with every field beside its place and its filter", () => {
    expect(frame[0]?.tagName).toBe("details");
    expect(attribute(frame[0]!, "open")).toBe("");
    expect(textOf(frame.find(({ tagName }) => tagName === "h3")!)).toContain("10.0.0.1:49152 → 10.0.0.2:80");
    expect(cells("Time to Live")).toEqual([
      "22",
      "Time to Live",
      "63 at most 62 more routers pass the packet on: each takes one off, and who gets to 0 drops it",
      "ip.ttl == 63",
    ]);
    expect(cells("Syn").slice(0, 2)).toEqual(["47 bit 6", "Syn"]);
    expect(cells("Syn").at(-1)).toBe("tcp.flags.syn == 1");
    expect(cells("Source Address").at(-1)).toBe("ip.src == 10.0.0.1");
  });

  it("has all its bytes in the dump, and a field finds its own", () => {
    const hex = Array.from(SYN, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    expect(textOf(withClass("hex")[0]!).trim().replace(/\s+/g, " ")).toBe(hex);
    expect(bytesOf("Time to Live")).toBe("3f");
    expect(bytesOf("Source Address")).toBe("0a 00 00 01");
    expect(bytesOf("Sequence Number (raw)")).toBe("ee 6b 28 00");
    expect(bytesOf("Version")).toBe("45");
    expect(bytesOf("Header Length")).toBe("45");
  });

  it("is drawn in rows of 32 bits that are full", () => {
    const drawings = withClass("bits");
    expect(drawings).toHaveLength(2);
    for (const drawing of drawings) {
      for (const row of elementsOf(drawing).filter(({ tagName }) => tagName === "tr")) {
        const widths = elementsOf(row)
          .filter(({ tagName }) => tagName === "td")
          .map((cell) => Number(attribute(cell, "colspan")));
        if (widths.length > 0) expect(widths.reduce((sum, width) => sum + width)).toBe(32);
      }
    }
    const ttl = elementsOf(drawings[0]!).find(
      (cell) => cell.tagName === "td" && textOf(cell).startsWith("Time to Live"),
    );
    expect(attribute(ttl!, "data-f")).toBe(attribute(rowOf("Time to Live"), "data-f"));
  });
});

describe("filters to paste", () => {
  const field = { label: "", start: 0, length: 1, text: "" };

  it.each([
    [{ name: "ip.ttl", value: 64, text: "64" }, "ip.ttl == 64"],
    [{ name: "ip.checksum", value: 0xa33c, text: "0xa33c [correct]" }, "ip.checksum == 0xa33c"],
    [{ name: "tcp.flags.syn", value: true, text: "Set" }, "tcp.flags.syn == 1"],
    [{ name: "ip.src", value: "10.0.0.1", text: "10.0.0.1" }, "ip.src == 10.0.0.1"],
    [{ name: "ipv6.src", value: "fe80::1", text: "fe80::1" }, "ipv6.src == fe80::1"],
    [{ name: "http.host", value: "tea.example", text: "" }, 'http.host == "tea.example"'],
    [{ name: "http.host", value: 'a" or 1 == "1', text: "" }, "http.host"],
    [{ name: "data.data", value: Uint8Array.of(1, 255), text: "" }, "data.data == 01:ff"],
    [{ name: "_ws.malformed", value: "x", text: "" }, "_ws.malformed"],
    [{ name: "", value: 1, text: "1" }, undefined],
  ])("%o", (given, expected) => {
    expect(filterOf({ ...field, ...given })).toBe(expected);
  });
});
