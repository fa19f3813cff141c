/** Packets that get no further, and what is said of them: judged by tshark, which checks sums and reads the quoted packets. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encapsulateMessages } from "../../../lib/encapsulate-messages.ts";
import { defaultNetwork, type NetworkOptions } from "../../../lib/session/network/network-options.ts";
import type { Transmission } from "../../../lib/session/network/transmission.ts";
import type { MessageObject } from "../../../lib/traffic/message-objects.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const TICKS = 1_000_000;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "unreachable-"));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly truth: readonly Transmission[];
  /** Of each frame, what tshark says in these fields. */
  fields(filter: string, ...names: string[]): string[];
}

async function play(messages: readonly MessageObject[], network: Partial<NetworkOptions>): Promise<Seen> {
  const truth: Transmission[] = [];
  const { capture } = await encapsulateMessages(messages, {
    payload: "exact",
    network: { ...defaultNetwork(TICKS), ...network },
    onTransmission: (transmission) => void truth.push(transmission),
  });
  const file = path.join(folder, "capture.pcapng");
  fs.writeFileSync(file, capture);
  return {
    truth,
    fields: (filter, ...names) => {
      const wanted = names.flatMap((name) => ["-e", name]);
      const lines = tshark("-r", file, "-Y", filter, "-T", "fields", "-E", "occurrence=f", ...wanted).split("\n");
      return lines.filter((line) => line !== "").map((line) => line.replaceAll("\t", " "));
    },
  };
}

const BAD =
  "ip.checksum_bad.expert || tcp.checksum_bad.expert || udp.checksum.bad || icmp.checksum_bad || _ws.malformed";

const message = (from: string, to: string, protocol: string, length: number, time: number): MessageObject => ({
  ...{ from, to, protocol, time },
  message: "m".repeat(length),
});

describe.skipIf(isMissing("tshark"))("a segment that is larger than the path takes", () => {
  it.each(["10.0.0.1", "fd00::1"])(
    "is complained of by a router, and sent again in smaller ones (%s)",
    async (address) => {
      const messages = [message(address, "bob", "TCP", 5000, 0), message("bob", address, "TCP", 5000, 1)];
      const seen = await play(messages, { pathMtu: 1300, tap: 0 });
      const isIpv4 = address === "10.0.0.1";
      const mtu = isIpv4
        ? seen.fields("icmp", "icmp.type", "icmp.code", "icmp.mtu")
        : seen.fields("icmpv6", "icmpv6.type", "icmpv6.code", "icmpv6.mtu");
      expect(mtu).toHaveLength(3);
      expect(new Set(mtu)).toEqual(new Set([isIpv4 ? "3 4 1300" : "2 0 1300"]));
      // tshark sums up the quoted segment, which IPv6 has to cut where it is longer than a message.
      expect(seen.fields(`(${BAD}) && !icmpv6`, "frame.number")).toEqual([]);
      const resent = seen.truth.filter(({ cause }) => cause === "path-mtu");
      expect(resent.length).toBeGreaterThan(4);
      expect(Math.max(...resent.map(({ length }) => length))).toBe(1300 - (isIpv4 ? 40 : 60));
      expect(seen.truth.filter(({ fate }) => fate === "too-large")).toHaveLength(6);
      // Only the client's packets turn back before the tap at the client.
      expect(seen.truth.filter(({ cause, frame }) => cause === "too-large" && frame !== undefined)).toHaveLength(3);
      expect(seen.truth.some(({ cause }) => cause === "timeout")).toBe(false);
    },
  );

  it("is lost without a word in a black hole, until the connection is given up", async () => {
    const messages = [message("alice", "bob", "TCP", 5000, 0)];
    const seen = await play(messages, { pathMtu: 1300, isBlackHole: true });
    expect(seen.fields("icmp", "frame.number")).toEqual([]);
    const timeouts = seen.truth.filter(({ cause }) => cause === "timeout");
    expect(timeouts.length).toBeGreaterThanOrEqual(15);
    expect(timeouts.every(({ fate }) => fate === "too-large")).toBe(true);
  });
});

describe.skipIf(isMissing("tshark"))("a datagram that gets no further", () => {
  it("is complained of where it is too large, and later ones are cut", async () => {
    const messages = [0, 1].map((time) => message("alice", "bob", "UDP", 1400, time));
    const seen = await play(messages, { pathMtu: 1000 });
    expect(seen.fields("icmp", "frame.number", "icmp.code", "icmp.mtu")).toEqual(["2 4 1000"]);
    expect(seen.fields("ip.flags.mf == 1 || ip.frag_offset > 0", "ip.len")).toEqual(["996", "452"]);
    expect(seen.truth.map(({ cause, fate, length }) => [cause, fate, length])).toEqual([
      ["datagram", "too-large", 1400],
      ["too-large", "delivered", 0],
      ["datagram", "delivered", 968],
      ["datagram", "delivered", 432],
    ]);
  });

  it("is answered where nobody listens, and not where nobody is", async () => {
    const messages = ["bob", "carol", "dave"].map((to, time) => message("alice", to, "UDP", 5, time));
    const answers = ["bob", "carol", "dave"].map((from, time) => message(from, "alice", "UDP", 5, time + 0.5));
    const all = [...messages, ...answers].sort((one, other) => Number(one.time) - Number(other.time));
    const seen = await play(all, { refused: ["bob"], silent: ["carol"] });
    expect(seen.fields("icmp", "frame.number", "icmp.type", "icmp.code", "udp.dstport")).toEqual(["2 3 3 9999"]);
    expect(seen.fields("udp && !icmp", "frame.number")).toHaveLength(4);
    expect(seen.fields(BAD, "frame.number")).toEqual([]);
  });

  it("has a wrong checksum where a bit of it has flipped, and only there", async () => {
    const link = { ...defaultNetwork(TICKS).links.toServer, corrupt: 1 };
    const messages = [message("alice", "bob", "UDP", 50, 0), message("alice", "carol", "UDP", 0, 1)];
    const links = { toServer: link, toClient: link };
    const far = await play(messages, { links, tap: 1 });
    expect(far.fields("udp.checksum.bad", "frame.number")).toEqual(["1"]);
    const near = await play(messages, { links, tap: 0 });
    expect(near.fields("udp.checksum.bad", "frame.number")).toEqual([]);
  });
});

describe("whoever is to refuse or to be silent", () => {
  it.each(["refused", "silent"])("has to be there (%s)", async (list) => {
    const network = { ...defaultNetwork(TICKS), [list]: ["bbo"] };
    await expect(encapsulateMessages([message("alice", "bob", "TCP", 5, 0)], { network })).rejects.toThrow(
      'Nobody connects to "bbo", so that it cannot refuse or be silent; name one of those whom messages go to: "bob".',
    );
  });
});
