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
  "a session of PPPoE": {
    scapys:
      "02000000000202000000000188641100123400292145000028000700004006" +
      "66c70a0000010a0000020fa000500000006400000000500220006b8c0000",
    why: "ours: Scapy writes the protocol in one byte, which both ends of PPP have to agree on, and RFC 2516 advises against",
  },
  "PPPoE with IPv6": {
    scapys:
      "020000000002020000000001886411000001003157600000000008114020010db8000000000000000000000001" +
      "20010db80000000000000000000000020fa0270f00086dba",
    why: "the same",
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
