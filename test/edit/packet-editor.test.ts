/** Addresses and checksums of every packet at hand, at every depth. */
import { describe, expect, it } from "vitest";
import { sumBytes } from "../../lib/core/checksum.ts";
import { crc32c, swapBytes } from "../../lib/core/crc.ts";
import { describeLayers } from "../../lib/dissect/describe-layers.ts";
import { PacketOutline } from "../../lib/dissect/outline.ts";
import { lengthOfIpv4 } from "../../lib/dissect/packet-bounds.ts";
import { follow, parseFrame } from "../../lib/dissect/parse-frame.ts";
import { parseIpRule, parseMacRule, RuleMap } from "../../lib/edit/address-map.ts";
import { finalAddressSum, isIp } from "../../lib/edit/final-address-sum.ts";
import { FrameEditor } from "../../lib/edit/frame-editor.ts";
import { checksumAt, layerPlan } from "../../lib/edit/layer-addresses.ts";
import { anonymizerOf } from "../../lib/edit.ts";
import { type Field, LayerKind } from "../../lib/headers/layer.ts";
import { kindOf } from "../../lib/headers/registry.ts";
import { udp } from "../../lib/headers/udp.ts";
import { fuzzSources, mutated } from "../helpers/captures/fuzz-captures.ts";
import { capturesAtHand, type EditedPacket, editedPackets } from "./edited-captures.ts";

const MODULUS = 0xffff;
const anonymizer = anonymizerOf("packets of the tests");
const rules = new RuleMap(
  ["10.0.0.0/8=192.168.0.0/16", "127.0.0.0/8=11.0.0.0/8", "::/0=fd00::/12"].map((rule) => parseIpRule(rule)),
  [parseMacRule("02=06")],
);

function outlineOf(bytes: Uint8Array, { linkType, wireLengths, checkSequenceLength }: EditedPacket): PacketOutline {
  const outline = new PacketOutline();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const context = { fragments: undefined, follow, looksIntoFragments: true };
  parseFrame(outline, bytes, view, 0, bytes.length, wireLengths[0], linkType, context, checkSequenceLength);
  return outline;
}

/** For each checksum what it is wrong by: 0 where it is right. Of none and of those left to an adapter, that it is so. */
function residuals(o: PacketOutline): (number | string)[] {
  return Array.from(o.kinds.subarray(0, o.layerCount), (_, layer) => residual(o, layer)).filter(
    (found) => found !== undefined,
  );
}

function residual(o: PacketOutline, layer: number): number | string | undefined {
  const plan = layerPlan(o.kinds[layer]!);
  const start = o.starts[layer]!;
  const at = plan === undefined ? -1 : checksumAt(plan, o, layer);
  if (plan?.checksum === undefined || at < 0) return undefined;
  // Of what is cut off within an address, nobody can know the sum.
  if (o.kinds[layer] === LayerKind.IPV4 && o.ends[layer]! - start < plan.header.fixedLength) return undefined;
  const { covers, hasPseudoHeader, zeroAs, algorithm } = plan.checksum.rule;
  if (algorithm !== undefined) {
    const isRight = swapBytes(crc32c(o.bytes, start, o.ends[layer]!, at, 4)) === o.view.getUint32(at);
    return isRight ? 0 : "another CRC";
  }
  const coversMessage = covers === "message";
  const stored = o.view.getUint16(at);
  if (stored === 0 && zeroAs !== undefined) return "none";
  const [pseudo, length] = hasPseudoHeader ? pseudoHeaderOf(o, layer) : [0, 0];
  const end = coversMessage ? o.end : o.ends[layer]!;
  const whole = (sumBytes(o.view, start, end) + pseudo + length) % MODULUS;
  if (stored === 0 && !coversMessage && whole !== 0) return "left to the adapter";
  const left = [pseudo % MODULUS, (pseudo + length) % MODULUS];
  return hasPseudoHeader && left.includes(stored % MODULUS) && whole !== 0 ? "left to the adapter" : whole;
}

/** The sum of the pseudo-header of a layer without the length, and the length. */
function pseudoHeaderOf(o: PacketOutline, layer: number): [sum: number, length: number] {
  const { protocol, lengthAt } = layerPlan(o.kinds[layer]!)!;
  const start = o.starts[layer]!;
  let ip = layer - 1;
  while (ip >= 0 && !isIp(o.kinds[ip]!)) ip--;
  if (ip < 0) return [0, 0];
  const at = o.starts[ip]!;
  const end = o.kinds[ip] === LayerKind.IPV4 ? at + lengthOfIpv4(o, ip) : at + 40 + o.view.getUint16(at + 4);
  const own = lengthAt < 0 ? 0 : o.view.getUint16(start + lengthAt);
  return [(finalAddressSum(o, ip, o.bytes, o.view, 0) + protocol) % MODULUS, own || Math.max(0, end - start)];
}

function addressesIn(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => [
    ...(field.address === undefined ? [] : [`${field.value}`]),
    ...addressesIn(field.children ?? []),
  ]);
}

const STAYS = /^(?:0\.|127\.|22[4-9]\.|23\d\.|24\d\.|25\d\.|::1?$|ff|[0-9a-f][13579bdf]:|00:00:00:00:00:00|0000)/;

function ownAddresses(o: PacketOutline): string[] {
  return describeLayers(o)
    .filter(({ name }) => !/dns|llmnr/.test(name))
    .flatMap(({ fields }) => addressesIn(fields))
    .filter((address) => !STAYS.test(address));
}

describe.each([
  ["rules", rules],
  ["a key", anonymizer],
])("addresses changed by %s", (_name, map) => {
  it("leave each checksum as right or wrong as it was, at every depth", () => {
    let checksums = 0;
    for (const capture of capturesAtHand()) {
      for (const packet of editedPackets(capture, { map })) {
        const [before, after] = [
          residuals(outlineOf(packet.before, packet)),
          residuals(outlineOf(packet.after, packet)),
        ];
        checksums += before.length;
        expect(after, Buffer.from(packet.before).toString("hex")).toEqual(before);
      }
    }
    expect(checksums).toBeGreaterThan(1000);
  });

  it("change nothing but addresses and checksums", () => {
    for (const capture of capturesAtHand()) {
      for (const packet of editedPackets(capture, { map })) {
        const { before, after } = packet;
        expect(after.length).toBe(before.length);
        const [a, b] = [outlineOf(before, packet), outlineOf(after, packet)];
        expect(Array.from(b.starts.subarray(0, b.layerCount))).toEqual(Array.from(a.starts.subarray(0, a.layerCount)));
        expect(Array.from(b.kinds.subarray(0, b.layerCount))).toEqual(Array.from(a.kinds.subarray(0, a.layerCount)));
        expect(b.payloadEnd - b.payloadAt).toBe(a.payloadEnd - a.payloadAt);
      }
    }
  });

  it("make no packet fail, whatever its bytes", () => {
    const sources = fuzzSources();
    const editor = new FrameEditor({ map, changesDns: true });
    for (let round = 0; round < 400; round++) {
      const { bytes, isPacked } = mutated(round, sources);
      if (isPacked) continue;
      try {
        editedPackets(bytes, { map, changesDns: true }, editor);
      } catch (error) {
        expect((error as { name: string }).name).toBe("CaptureError");
      }
    }
  });
});

describe("addresses under a key", () => {
  it("are none of those that were there, in any header", () => {
    let found = 0;
    for (const capture of capturesAtHand()) {
      const packets = editedPackets(capture, { map: anonymizer });
      const before = new Set(packets.flatMap((packet) => ownAddresses(outlineOf(packet.before, packet))));
      const after = packets.flatMap((packet) => ownAddresses(outlineOf(packet.after, packet)));
      const left = after.filter((address) => before.has(address));
      const frames = packets.filter((packet) =>
        ownAddresses(outlineOf(packet.after, packet)).some((address) => before.has(address)),
      );
      expect(left, frames.map(({ before: bytes }) => Buffer.from(bytes).toString("hex")).join("\n")).toEqual([]);
      found += after.length;
    }
    expect(found).toBeGreaterThan(1000);
  });

  it("are the same each time", () => {
    for (const capture of fuzzSources().slice(0, 3)) {
      const again = editedPackets(capture, { map: anonymizerOf("packets of the tests") });
      expect(editedPackets(capture, { map: anonymizer })).toEqual(again);
    }
  });
});

it("has plans for the headers by their kinds", () => {
  expect(layerPlan(kindOf(udp))?.checksum?.rule.zeroAs).toBe(0xffff);
});
