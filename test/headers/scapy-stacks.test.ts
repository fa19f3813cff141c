/** The same stacks, from the same values, by Scapy: equal bytes, or the reason why not. */
import { expect, it } from "vitest";
import { encodePacket } from "../../lib/headers/packet.ts";
import { scapyPackets } from "../helpers/judges/scapy.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { controlStacks } from "./scapy-control.ts";
import { stacks as plainStacks } from "./scapy-stacks.ts";
import { toHex } from "./vectors.ts";

const stacks = [...plainStacks, ...controlStacks];

/** Where Scapy 2.5 and we differ: what it makes, and who is right. */
const KNOWN: Readonly<Record<string, { readonly scapys: string; readonly why: string }>> = {
  "an authenticated packet": {
    scapys:
      "45000034000700004033668e0a0000010a000002" +
      "000000000000000500000006000102030405060708090a0b" +
      "0fa0270f00080000",
    why: "ours: Scapy leaves next header, length and the sum of what follows at 0, where RFC 4302 wants them",
  },
};

it.skipIf(isMissing("scapy"))("makes the bytes that Scapy makes, in stacks of all kinds", () => {
  const theirs = scapyPackets(stacks.map(({ scapy }) => scapy));
  const differences = stacks.flatMap(({ name, ours }, index) => {
    const [own, other] = [toHex(encodePacket(ours)), theirs[index]!];
    const known = KNOWN[name];
    if (known !== undefined) expect(own).not.toBe(other);
    return other === (known?.scapys ?? own) ? [] : [`${name}: ${own}, Scapy ${other}`];
  });
  expect(differences).toEqual([]);
  expect(Object.keys(KNOWN).filter((name) => !stacks.some((stack) => stack.name === name))).toEqual([]);
});
