import { describe, expect, it } from "vitest";
import { checkNetwork } from "../../../lib/session/network/network-checks.ts";
import { defaultNetwork, type NetworkOptions } from "../../../lib/session/network/network-options.ts";
import { TICKS } from "./link-traffic.ts";

const network = defaultNetwork(TICKS);
const losing = { ...network.links.toClient, loss: 1 };

describe("a network", () => {
  it("may be that in which nothing goes wrong, one that loses all, one that is tapped at both ends", () => {
    expect(() => checkNetwork(network)).not.toThrow();
    expect(() => checkNetwork({ ...network, links: { ...network.links, toClient: losing } })).not.toThrow();
    expect(() => checkNetwork({ ...network, tap: "both", pathMtu: 1280 })).not.toThrow();
    const stubborn = { client: { dataRetries: Number.POSITIVE_INFINITY } };
    expect(() => checkNetwork({ ...network, ...stubborn })).not.toThrow();
  });

  it.each<[Partial<NetworkOptions>, string]>([
    [
      { links: { ...network.links, toClient: losing }, server: { dataRetries: Number.POSITIVE_INFINITY } },
      "A network that loses everything is tried for ever by a TCP that never gives up; give it a number of retries, or lose less.",
    ],
    [{ tap: 1.5 }, "The tap is at 1.5 of the path; give 0 at the client to 1 at the server, or both."],
    [{ pathMtu: 67 }, "The path takes packets of 67 bytes; give 68 to 65535."],
    [
      { links: { ...network.links, toClient: { ...losing, rate: 0 } } },
      "The rate to the client is 0 bits a second, at which nothing would ever arrive; give more than 0.",
    ],
  ])("is refused in a sentence if it cannot be: %o", (options, message) => {
    expect(() => checkNetwork({ ...network, ...options })).toThrow(
      expect.objectContaining({ code: "BAD_OPTION", message }),
    );
  });
});
