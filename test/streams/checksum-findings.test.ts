/** No sum can be bad without a finding, whatever header it stands in. */
import { expect, it } from "vitest";
import { PacketOutline } from "../../lib/dissect/outline.ts";
import { ChecksumStatus, type LayerKind } from "../../lib/headers/layer.ts";
import { allHeaders, isMessage, kindOf } from "../../lib/headers/registry.ts";
import { checksumFindings } from "../../lib/streams/checksum-findings.ts";

const WITH_CHECKSUM = allHeaders().filter((header) => header.checksumField !== undefined && !isMessage(header));

it.each(WITH_CHECKSUM)("tells of a bad checksum in $name, at any depth", (header) => {
  const outline = new PacketOutline();
  const bytes = new Uint8Array(200).fill(1);
  outline.reset(bytes, new DataView(bytes.buffer), 0, 200, 200);
  for (let depth = 0; depth < 3; depth++) {
    const status = depth === 1 ? ChecksumStatus.BAD : ChecksumStatus.GOOD;
    outline.addLayer(kindOf(header) as LayerKind, depth * 60, depth * 60 + 60, status);
  }
  expect(outline.hasOddChecksum).toBe(true);
  expect(checksumFindings(outline)).not.toBe(0);
});
