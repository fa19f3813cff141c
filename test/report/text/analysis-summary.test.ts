import { describe, expect, it } from "vitest";
import { captureRows } from "../../../lib/report/text/analysis-summary.ts";
import type { CaptureFacts } from "../../../lib/streams/analysis.ts";

describe("the interfaces of a capture", () => {
  const described = (name?: string, description?: string) => ({
    id: 0,
    section: 0,
    linkType: 1,
    snapLength: 0,
    ticksPerSecond: 1,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
  });
  const rowsOf = (...interfaces: ReturnType<typeof described>[]) => {
    const facts: CaptureFacts = {
      name: "x",
      format: "pcapng",
      isCompressed: false,
      packets: 0,
      reconstructedPackets: 0,
      selectedPackets: 0,
      capturedBytes: 0,
      wireBytes: 0,
      firstMoment: undefined,
      lastMoment: undefined,
      linkTypes: new Map(),
      protocols: new Map(),
      applications: [],
      unread: new Map(),
      interfaces,
      comments: [],
      application: undefined,
      warnings: [],
    };
    return captureRows(facts).filter(([head]) => head.startsWith("Interface"));
  };

  it("are named once each, with what they are called beside it", () => {
    expect(rowsOf(described())).toEqual([]);
    expect(rowsOf(described("eth0"))).toEqual([["Interface", "eth0"]]);
    expect(rowsOf(described("{1F}", "Wi-Fi"), described("lo"), described("{1F}", "Wi-Fi"), described())).toEqual([
      ["Interfaces", "{1F} (Wi-Fi), lo"],
    ]);
    expect(rowsOf(described("", "only this"))).toEqual([["Interface", "only this"]]);
    expect(rowsOf(...Array.from({ length: 10 }, (_, index) => described(`e${index}`)))[0]?.[1]).toMatch(
      /e7 and 2 more$/,
    );
    expect(rowsOf(described("\x1b[31mred"))[0]?.[1]).not.toContain("\x1b");
  });
});
