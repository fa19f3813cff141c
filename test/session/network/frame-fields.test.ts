/** Rows that say something of their frames are heeded over a network as they are without one. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { encapsulateCsv } from "../../../lib/encapsulate-messages.ts";
import { defaultNetwork } from "../../../lib/session/network/network-options.ts";
import { isMissing } from "../../helpers/judges/tools.ts";
import { tshark } from "../../helpers/judges/tshark.ts";

const TABLE =
  "time,from,to,message,vlan\n0,alice,bob,one,5\n1,bob,alice,three,5\n2,alice,bob,seven,7\n3,bob,alice,four,7\n";

it.skipIf(isMissing("tshark"))("a tag holds from the message on that tells of it", async () => {
  const { capture } = await encapsulateCsv(TABLE, { network: defaultNetwork(1_000_000) });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "frame-fields-"));
  const file = path.join(folder, "capture.pcapng");
  fs.writeFileSync(file, capture);
  const told = tshark("-r", file, "-Y", "tcp.len > 0", "-T", "fields", "-e", "vlan.id", "-e", "tcp.len");
  fs.rmSync(folder, { recursive: true });
  expect(told.trim().split("\n")).toEqual(["5\t3", "5\t5", "7\t5", "7\t4"]);
});
