/** Scapy, by Debian's interpreter: what it makes of packets that are written down in its own words. */
import { execFileSync } from "node:child_process";

/** Debian's, whose packages it sees, whatever else is called python3 on this machine. */
export const DEBIAN_PYTHON = "/usr/bin/python3";

const PROGRAM = `
import sys, json, logging
logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import *
from scapy.contrib import geneve, gtp, igmp, igmpv3, mpls
from scapy.contrib.mpls import MPLS
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.contrib.gtp import *
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import *
from scapy.layers.sctp import *
from scapy.layers.vxlan import VXLAN
from scapy.layers.ppp import *
print(json.dumps([bytes(eval(text)).hex() for text in json.load(sys.stdin)]))
`;

/** @param packets expressions such as `IP(dst="10.0.0.2")/UDP()` @returns the bytes of each, in hex */
export function scapyPackets(packets: readonly string[]): string[] {
  const output = execFileSync(DEBIAN_PYTHON, ["-c", PROGRAM], {
    input: JSON.stringify(packets),
    encoding: "utf8",
    stdio: ["pipe", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output.trimEnd().split("\n").at(-1)!) as string[];
}
