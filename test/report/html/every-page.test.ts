/** Pages of captures that are odd, broken, hostile, or hold every kind of frame. */
import { beforeAll, describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../../helpers/captures/captures.ts";
import { handMadeCaptures, randomCapture } from "../../helpers/captures/faulty-captures.ts";
import { ethernetFrames } from "../../helpers/captures/frames-of-all-kinds.ts";
import { hostileCapture } from "../../helpers/captures/hostile-captures.ts";
import { oddCaptures } from "../../helpers/captures/odd-captures.ts";
import { otherLinkFrames } from "../../helpers/captures/other-link-frames.ts";
import { pcapOf } from "../../helpers/captures/pcap-records.ts";
import { faultsOf, PageReader, reportOf } from "../../helpers/judges/page-reader.ts";

const folder = temporaryFolder();
const ETHERNET = 1;
/** A browser takes line ends and tabs of ours; nothing else that has no shape or turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/u;

const records = (frames: readonly { readonly bytes: Uint8Array }[]) =>
  frames.map(({ bytes }, index) => ({ time: index * 1000, bytes }));

describe("every page", () => {
  const files: [name: string, file: string][] = [];

  beforeAll(() => {
    const made = [
      ...handMadeCaptures(),
      ...[0, 1, 2].map((seed) => randomCapture(seed)),
      ...oddCaptures(),
      { name: "hostile payloads", bytes: hostileCapture() },
      { name: "frames of all kinds", bytes: pcapOf(ETHERNET, records(ethernetFrames())) },
      ...Array.from(otherLinkFrames(), ([link, frames]) => {
        return { name: `link type ${link}`, bytes: pcapOf(link, records(frames)) };
      }),
    ];
    for (const [index, { name, bytes }] of made.entries()) {
      files.push([name, captureFile(folder, `${index}.pcap`, bytes)]);
    }
  });

  it("is whole, and holds nothing but text of what the capture holds", async () => {
    for (const [name, file] of files) {
      const text = await reportOf(file);
      expect(UNSAFE.exec(text)?.[0], name).toBeUndefined();
      expect(faultsOf(new PageReader(text)), name).toEqual([]);
    }
  });
});
