import fc from "fast-check";
import { expect, test } from "vitest";
import { FlowTable } from "../../lib/streams/flow-table.ts";

/** Few addresses and ports, so that flows come again, and some that differ in one word only. */
const packet = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  source: fc.nat(30),
  destination: fc.nat(30),
  sourcePort: fc.constantFrom(0, 80, 0xffff),
  destinationPort: fc.constantFrom(0, 80, 0xffff),
});

test("finds the stream of a packet in both directions, and says which way it goes", () => {
  const property = fc.property(fc.array(packet, { maxLength: 400 }), (packets) => {
    const table = new FlowTable();
    const streams = new Map<string, number>();
    for (const [number, { version, source, destination, sourcePort, destinationPort }] of packets.entries()) {
      const view = new DataView(new ArrayBuffer(32));
      // The first word of IPv4 is the only one; of IPv6 it is the last that tells.
      view.setUint32(version === 4 ? 0 : 12, source);
      view.setUint32(version === 4 ? 16 : 28, destination);
      const order = source - destination || sourcePort - destinationPort;
      const ends = [`${source}:${sourcePort}`, `${destination}:${destinationPort}`];
      const key = `${version} ${(order > 0 ? ends : ends.reverse()).join(" ")}`;
      expect(table.find(view, 0, 16, version, sourcePort, destinationPort)).toBe(streams.get(key) ?? -1);
      expect(table.isFromHigher).toBe(order > 0);
      if (streams.has(key) && number % 7 !== 0) continue;
      table.set(number);
      streams.set(key, number);
    }
  });
  fc.assert(property, { numRuns: 300 });
});
