/** Messages as objects that say something else than they are meant to, and networks in few words. */
import { describe, expect, it } from "vitest";
import {
  defaultLink,
  defaultNetwork,
  encapsulateCsv,
  encapsulateMessages,
  type MessageObject,
} from "../../lib/index.ts";
import { networkOf } from "../../lib/session/network/network-options.ts";

const HELLO = [{ from: "Alice", to: "Bob", message: "hello" }];
const TICKS = 1_000_000;

describe("a message", () => {
  it.each([
    [
      { from: "a", to: "b", text: "x" },
      "NO_NAME",
      /line 1: a message has no property "text"; write those it has: from, to, mes/,
    ],
    [{ from: "a", dest: "b" }, "NO_NAME", /a message has no property "dest"/],
    [{ from: "10.0.0.256", to: "b" }, "BAD_ADDRESS", /from is "10\.0\.0\.256", which is no address/],
    [{ from: "a", to: "10.0.0.2:70000" }, "BAD_PORT", /to is "10\.0\.0\.2:70000", which is no address with a port/],
    [{ from: "a", to: "web:70000" }, "BAD_PORT", /to is "web:70000"/],
    [{ from: "::1", to: "2001:::1" }, "BAD_ADDRESS", /to is "2001:::1"/],
    [{ from: "::1", to: "[2001:::1]:80" }, "BAD_ADDRESS", /to is "2001:::1"/],
  ])("is refused where it is mistaken: %j", async (message, code, sentence) => {
    const made = encapsulateMessages([message as unknown as MessageObject]);
    await expect(made).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
  });

  it.each([
    "web",
    "web.example.com",
    "web server",
    "10.0.0",
    "v1.2.3.4a",
    "a-b_c",
    "10.0.0.9:80",
    "[::9]:80",
    "web:65535",
  ])("may come from %s", async (from) => {
    const to = from.includes("[") ? "::8" : "10.0.0.8";
    expect((await encapsulateMessages([{ from, to, message: "x" }])).messages).toBe(1);
  });
});

it("the name of a file is no CSV", async () => {
  const sentence =
    'encapsulateCsv takes the text of a CSV, and was given "chat.csv"; encapsulate of wirewright/node takes the path of a file.';
  await expect(encapsulateCsv("chat.csv")).rejects.toMatchObject({ code: "BAD_OPTION", message: sentence });
});

describe("a network in few words", () => {
  it("has what it says in both directions, and all else as usual", () => {
    const link = { ...defaultLink(TICKS), loss: 0.02, delay: 20_000 };
    const usual = defaultNetwork(TICKS);
    expect(networkOf({ loss: 0.02, delay: 20_000 }, TICKS)).toEqual({
      ...usual,
      links: { toServer: link, toClient: link },
    });
    const links = { toServer: { delay: 5 } };
    expect(networkOf({ loss: 0.02, delay: 20_000, links, tap: "both" }, TICKS)).toEqual({
      ...usual,
      tap: "both",
      links: { toServer: { ...link, delay: 5 }, toClient: link },
    });
    expect(networkOf(usual, TICKS)).toEqual(usual);
  });

  it("is the same network as one with all of its words, in the ticks of the precision", async () => {
    const precision = "ns";
    const network = defaultNetwork(1e9);
    const link = { ...network.links.toServer, delay: 20_000_000, loss: 0.1 };
    const full = { ...network, links: { toServer: link, toClient: link } };
    const short = await encapsulateMessages(HELLO, { network: { delay: 20_000_000, loss: 0.1 }, precision, seed: 3 });
    expect(short.capture).toEqual((await encapsulateMessages(HELLO, { network: full, precision, seed: 3 })).capture);
  });

  it.each([
    [{ los: 0.02 }, "network has no option los; did you mean loss?"],
    [{ loss: 2 }, "The option loss of network is 2; give a part of all packets, 0 to 1."],
    [{ links: { toSever: {} } }, "links has no option toSever; did you mean toServer?"],
    [{ links: { toServer: { delai: 5 } } }, "a link has no option delai; did you mean delay?"],
    [{ client: { nagel: true } }, "a TCP has no option nagel; did you mean nagle?"],
  ])("is refused where a word is mistaken: %j", async (network, message) => {
    await expect(encapsulateMessages(HELLO, { network: network as object })).rejects.toMatchObject({
      code: "BAD_OPTION",
      message,
    });
  });
});
