/** The lengths that packets are counted with are those of the tables. */
import { describe, expect, it } from "vitest";
import { ethernet } from "../../lib/headers/ethernet.ts";
import { gre } from "../../lib/headers/gre.ts";
import * as lengths from "../../lib/headers/header-lengths.ts";
import { ipv4 } from "../../lib/headers/ipv4.ts";
import { ipv6 } from "../../lib/headers/ipv6.ts";
import { loopback } from "../../lib/headers/loopback.ts";
import { tcp } from "../../lib/headers/tcp.ts";
import { udp } from "../../lib/headers/udp.ts";
import { vxlan } from "../../lib/headers/vxlan.ts";

describe("the length of a header", () => {
  it("is that of its table, for each that has one", () => {
    const tables = { ethernet, loopback, ipv4, ipv6, tcp, udp, gre, vxlan };
    const told = Object.entries(tables).map(([name, { fixedLength }]) => [
      `${name.toUpperCase()}_HEADER_LENGTH`,
      fixedLength,
    ]);
    expect({ ...lengths }).toEqual(Object.fromEntries(told));
  });
});
