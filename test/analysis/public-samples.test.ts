import { describe, expect, it } from "vitest";
import { captureFile, temporaryFolder } from "../helpers/captures/captures.ts";
import { hex } from "../helpers/captures/odd/packet-bytes.ts";
import { pcapOf } from "../helpers/captures/pcap-records.ts";
import { isMissing } from "../helpers/judges/tools.ts";
import { judgedPackets } from "../helpers/judges/tshark-packets.ts";
import { PUBLIC_SAMPLES } from "./public-samples.ts";

describe.skipIf(isMissing("tshark"))("frames that others have published", () => {
  const folder = temporaryFolder();

  it.each(PUBLIC_SAMPLES)("$name", (sample) => {
    const record = { time: 0, bytes: hex(sample.hex) };
    const withLength = sample.wireLength === undefined ? record : { ...record, wireLength: sample.wireLength };
    const file = captureFile(folder, "sample.pcap", pcapOf(sample.linkType, [withLength]));
    const [packet] = judgedPackets(file);
    expect(packet).toMatchObject({
      source: sample.sourceAddress,
      destination: sample.destinationAddress,
      sourcePort: sample.ports?.[0],
      destinationPort: sample.ports?.[1],
      checksums: sample.checksums,
      ...(sample.tcp === undefined ? {} : { tcp: sample.tcp }),
    });
    expect(packet?.payload).toHaveLength(sample.payloadLength);
  });
});
