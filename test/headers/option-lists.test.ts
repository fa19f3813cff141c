/** Options as lists: what is read is written again as it was, and what cannot be is refused in words. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketError } from "../../lib/core/errors.ts";
import { geneve } from "../../lib/headers/geneve.ts";
import { gtpu } from "../../lib/headers/gtpu.ts";
import { icmpv6 } from "../../lib/headers/icmpv6.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv4OptionBytes, ipv4OptionsOf } from "../../lib/headers/ipv4-option-list.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { destinationOptions, hopByHop, routing } from "../../lib/headers/ipv6-extensions.ts";
import { ipv6OptionBytes, ipv6OptionsOf } from "../../lib/headers/ipv6-option-list.ts";
import { encodePacket } from "../../lib/headers/packet.ts";
import { sctp } from "../../lib/headers/sctp.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { fromHex, toHex } from "./vectors.ts";

/** Options of kinds that are known here and others, whole or not. */
function anyOptions(kinds: readonly number[], lengthOf: (data: number) => number): fc.Arbitrary<Uint8Array> {
  const option = fc
    .tuple(fc.oneof(fc.constantFrom(...kinds), fc.nat(255)), fc.uint8Array({ maxLength: 18 }))
    .map(([kind, data]) => [kind, lengthOf(data.length), ...data]);
  const whole = fc.array(option, { maxLength: 4 }).map((options) => Uint8Array.from(options.flat()));
  return fc.oneof(whole, fc.uint8Array({ maxLength: 40 }));
}

function readAgain<Option>(
  bytes: Uint8Array,
  read: (bytes: Uint8Array) => Option[],
  write: (options: readonly Option[]) => Uint8Array,
): Uint8Array | undefined {
  let options: Option[];
  try {
    options = read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(PacketError);
    return undefined;
  }
  return write(options);
}

describe("options of IPv4", () => {
  it("are written back to the bytes that they were read from", () => {
    const bytes = anyOptions([0, 1, 7, 68, 130, 131, 136, 137, 148], (data) => data + 2).map((all) =>
      all.subarray(0, 40),
    );
    let read = 0;
    fc.assert(
      fc.property(bytes, (all) => {
        const again = readAgain(all, ipv4OptionsOf, ipv4OptionBytes);
        if (again === undefined) return;
        read++;
        expect(toHex(again.subarray(0, all.length))).toBe(toHex(all));
        expect(again.subarray(all.length).every((byte) => byte === 0)).toBe(true);
      }),
      { numRuns: 1000, seed: 4 },
    );
    expect(read).toBeGreaterThan(200);
  });

  it.each([
    [
      { kind: "routerAlert", value: 65_536 },
      "value of routerAlert is 65536, and can be a whole number from 0 to 65535",
    ],
    [
      { kind: "recordRoute", addresses: ["10.0.0"] },
      'an address of recordRoute is "10.0.0", and can be an IPv4 address',
    ],
    [
      { kind: "recordRoute", pointer: 256, addresses: [] },
      "pointer of recordRoute is 256, and can be a whole number from 0 to 255",
    ],
    [{ kind: "timestamp", flag: 1, entries: [{ timestamp: 1 }] }, "has no address, and its flag is 1"],
    [{ kind: "timestamp", flag: 2, entries: [] }, "flag of timestamp is 2, and can be 0, 1 or 3"],
    [{ kind: "mss", value: 1 }, "there is no option mss; there are eol, nop, unknown, recordRoute"],
    [
      { kind: "security", classificationLevel: -1 },
      "classificationLevel of security is -1, and can be a whole number from 0 to 255",
    ],
    [{ kind: "unknown", number: 9, data: new Uint8Array(40) }, "take 42 bytes, and can take 40"],
  ])("are refused where they cannot be: %j", (option, words) => {
    expect(() => ipv4({ options: [option as never] })).toThrow(PacketError);
    expect(() => ipv4({ options: [option as never] })).toThrow(words);
  });
});

describe("options of IPv6", () => {
  it("are written back to the bytes that they were read from, where they stand at their places", () => {
    let read = 0;
    // These can stand anywhere, so that nothing is put between them.
    fc.assert(
      fc.property(
        anyOptions([0, 1, 4, 30], (data) => data),
        (all) => {
          const again = readAgain(all, ipv6OptionsOf, ipv6OptionBytes);
          const isPlaced = ![5, 194, 201].some((type) => all.includes(type));
          if (again === undefined || !isPlaced) return;
          read++;
          expect(toHex(again.subarray(0, all.length))).toBe(toHex(all));
          expect((again.length + 2) % 8).toBe(0);
        },
      ),
      { numRuns: 1000, seed: 5 },
    );
    expect(read).toBeGreaterThan(200);
  });

  it("begin where they are to", () => {
    const { fields } = destinationOptions({
      options: [
        { kind: "tunnelEncapsulationLimit", limit: 1 },
        { kind: "homeAddress", address: "2001:db8::1" },
        { kind: "jumboPayload", length: 1 },
      ],
    });
    const options = fields.options as Uint8Array;
    // The limit, a pad of one byte; the address at 8n + 6, the length at 4n + 2.
    expect(toHex(options)).toBe(toHex(fromHex("040101 00 c910 20010db8000000000000000000000001 0100 c20400000001")));
  });

  it.each([
    [
      { kind: "jumboPayload", length: 2 ** 32 },
      "length of jumboPayload is 4294967296, and can be a whole number from 0 to 4294967295",
    ],
    [{ kind: "homeAddress", address: "10.0.0.1" }, 'address of homeAddress is "10.0.0.1", and can be an IPv6 address'],
    [{ kind: "unknown", number: 0, data: new Uint8Array(0) }, "the type 0 is a single byte and has no data"],
    [{ kind: "unknown", number: 9, data: new Uint8Array(256) }, "has 256 bytes of data, and can have 255"],
  ])("are refused where they cannot be: %j", (option, words) => {
    expect(() => hopByHop({ options: [option as never] })).toThrow(PacketError);
    expect(() => hopByHop({ options: [option as never] })).toThrow(words);
  });

  it("are no better as a route", () => {
    const route = (data: unknown) => () => routing({ routingType: 4, data: data as never });
    expect(route({ segments: ["nowhere"] })).toThrow('an address is "nowhere", and can be an IPv6 address');
    expect(route({ segments: [], tag: -1 })).toThrow("tag is -1, and can be a whole number from 0 to 65535");
  });
});

describe("options of neighbour discovery", () => {
  it.each([
    [{ kind: "mtu", mtu: -1 }, "mtu is -1, and can be a whole number from 0 to 4294967295"],
    [{ kind: "sourceLinkLayerAddress", address: "02:00" }, 'address of sourceLinkLayerAddress is "02:00"'],
    [{ kind: "prefixInformation", prefix: "2001:db8::/64" }, 'prefix of prefixInformation is "2001:db8::/64"'],
    [{ kind: "unknown", number: 9, data: new Uint8Array(2039) }, "takes 2048 bytes, and can take 2040"],
    [{ kind: "routerAlert" }, "there is no option routerAlert; there are unknown, sourceLinkLayerAddress"],
  ])("are refused where they cannot be: %j", (option, words) => {
    const stack = [ipv6(), icmpv6({ type: 133, options: [option as never] })];
    expect(() => encodePacket(stack)).toThrow(PacketError);
    expect(() => encodePacket(stack)).toThrow(words);
  });
});

describe("a list or bytes that an option must have", () => {
  const given = (value: object) => [value as never];
  it.each([
    ["TCP", () => tcp({ options: given({ kind: "sack" }) }), "TCP options: blocks of sack is missing"],
    ["TCP", () => tcp({ options: given({ kind: "md5Signature" }) }), "TCP options: digest of md5Signature is missing"],
    [
      "a kind without a name",
      () => tcp({ options: given({ kind: "unknown", number: 99, data: "ab" }) }),
      'TCP options: data of an unknown option is "ab", and can be bytes',
    ],
    [
      "IPv4",
      () => ipv4({ options: given({ kind: "looseSourceRoute" }) }),
      "IPv4 options: addresses of looseSourceRoute is missing",
    ],
    [
      "IPv6",
      () => hopByHop({ options: given({ kind: "padN", data: 5 }) }),
      "IPv6 options: data of padN is a value of type number, and can be bytes",
    ],
    [
      "neighbour discovery",
      () => icmpv6({ type: 134, options: given({ kind: "recursiveDnsServer", lifetime: 1, addresses: "::1" }) }),
      'ICMPv6 options: addresses of recursiveDnsServer is "::1", and can be a list',
    ],
    ["SCTP", () => sctp({ chunks: given({ kind: "data" }) }), "SCTP chunks: data of data is missing"],
    ["SCTP", () => sctp({ chunks: given({ kind: "heartbeat" }) }), "SCTP chunks: parameters is missing"],
    [
      "SCTP",
      () => sctp({ chunks: given({ kind: "abort", causes: [{ type: 1, value: "why" }] }) }),
      'SCTP chunks: value of a parameter is "why", and can be bytes',
    ],
    ["Geneve", () => geneve({ options: given({ class: 1, type: 2 }) }), "GENEVE header: data of an option is missing"],
    ["GTP-U", () => gtpu({ extensionHeaders: given({}) }), "GTP-U header: content of an extension header is missing"],
    [
      "GTP-U",
      () => gtpu({ extensionHeaders: [{ content: new Uint8Array(2), nextExtensionHeaderType: 300 }] }),
      "GTP-U header: nextExtensionHeaderType of an extension header is 300, and can be a whole number from 0 to 255",
    ],
  ])("is asked for in words: %s", (_, make, message) => {
    expect(() => encodePacket([make()])).toThrow(PacketError);
    expect(() => encodePacket([make()])).toThrow(message);
  });
});
