import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { areAllRuntimesThere } from "../../package/packed.ts";
import { DEBIAN_PYTHON } from "./scapy.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Tool {
  /** The rest of a sentence that begins with "because". */
  readonly isMissingBecause: string;
  /** What is left out without it. */
  readonly shows: string;
  isThere(): boolean;
}

/** What some tests need and not every machine has: programs by other hands, mostly, and what each of them is asked. */
export const TOOLS = {
  tshark: program("tshark", "Wireshark's dissectors find no fault in our captures"),
  tcpdump: program("tcpdump", "tcpdump prints our captures without calling anything incorrect"),
  dumpcap: program("dumpcap", "dumpcap captures what we capture, frame by frame"),
  tcprewrite: program("tcprewrite", "tcprewrite makes of a capture what we make of it"),
  editcap: program("editcap", "editcap makes of a capture what we make of it"),
  mergecap: program("mergecap", "mergecap makes one of two captures as we do"),
  telnet: program("telnet", "telnet chats with our server"),
  nc: program("nc", "nc chats with our server"),
  "nc -N": {
    ...program("nc -N", "nc closes its side of a chat and hears the answers"),
    // Some of the programs with this name have no such flag.
    isThere: () => /(?:^|\s)-N\b/m.test(outputOf("nc", "-h")),
  },
  python3: {
    ...program("python3", "the chat client is driven in a pseudo-terminal"),
    // The smallest installations come without these.
    isThere: () => succeeds("python3", "-c", "import fcntl, pty, termios"),
  },
  scapy: {
    isMissingBecause: "Debian's python3-scapy is not installed",
    shows: "Scapy makes the same bytes from the same values",
    isThere: () => succeeds(DEBIAN_PYTHON, "-c", "import scapy.all"),
  },
  script: {
    ...program("script", "colours are looked at in a terminal"),
    isThere: () => succeeds("script", "--version"),
  },
  zsh: program("zsh", "zsh understands our completion"),
  fish: program("fish", "fish completes our command line"),
  namespaces: {
    isMissingBecause: "this user may not make network namespaces, or ip, unshare or setpriv is not installed",
    shows: "captures and injections in network namespaces of their own",
    isThere: canMakeNamespaces,
  },
  tun: {
    isMissingBecause: "there is no /dev/net/tun",
    shows: "injections into an adapter that takes IP alone",
    isThere: () => existsSync("/dev/net/tun"),
  },
  cap: {
    isMissingBecause:
      "the package cap is not installed (npm install --no-save --save-dev cap), or cannot be loaded without libpcap",
    shows: "captures and injections through the package cap",
    isThere: () => succeeds(process.execPath, "-e", "require('cap')"),
  },
  runtimes: {
    isMissingBecause: "out/runtimes has not every runtime that .ci/run puts there",
    shows: "the package does on Node 22, Node 24, Bun and Deno what it does here",
    isThere: areAllRuntimesThere,
  },
  typedoc: {
    isMissingBecause: "typedoc is not installed in test/api-pages (npm ci)",
    shows: "the API pages are made without a fault, and links in them lead somewhere",
    isThere: isTypedocThere,
  },
  IPv6: {
    isMissingBecause: "this system has no IPv6",
    shows: "connections to ::1",
    isThere: () =>
      Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === "::1")),
  },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

/** CI sets this: there, a tool that is missing is a failure and not a reason to skip. */
const TOOLS_ARE_REQUIRED = process.env.WIREWRIGHT_REQUIRE_JUDGES === "1";

const answers = new Map<ToolName, boolean>();

export function isThere(name: ToolName): boolean {
  const answer = answers.get(name) ?? TOOLS[name].isThere();
  answers.set(name, answer);
  return answer;
}

/** True where what needs one of these must be left out, which is said after the run; throws where that is not allowed. */
export function isMissing(...names: readonly ToolName[]): boolean {
  const missing = names.find((name) => !isThere(name));
  if (missing === undefined) return false;
  if (TOOLS_ARE_REQUIRED) {
    const { isMissingBecause, shows } = TOOLS[missing];
    throw new Error(`${isMissingBecause}, and WIREWRIGHT_REQUIRE_JUDGES=1 asks for it: ${shows}`);
  }
  return true;
}

function program(name: string, shows: string): Tool {
  return {
    isMissingBecause: `${name} is not installed`,
    shows,
    isThere: () => {
      // Not every one of them has --version: one that starts is there. 127 is how a wrapper says that it found nothing.
      const { error, status } = spawnSync(name, ["--version"], { stdio: "ignore" });
      return error === undefined && status !== 127;
    },
  };
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { cwd: ROOT, stdio: "ignore" }).status === 0;
}

function outputOf(command: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return `${stdout}${stderr}`;
}

/** Asked from the package of the pages, which has it for itself. */
function isTypedocThere(): boolean {
  try {
    createRequire(new URL("../../api-pages/package.json", import.meta.url)).resolve("typedoc");
    return true;
  } catch {
    return false;
  }
}

/** Tried and not only asked for: who is root in a container may have less than that. */
function canMakeNamespaces(): boolean {
  const name = `wirewright-${randomBytes(5).toString("hex")}`;
  if (!succeeds("ip", "netns", "add", name)) return false;
  const inside = (...command: string[]) => succeeds("ip", "netns", "exec", name, ...command);
  const works =
    inside("ip", "link", "set", "lo", "up") &&
    inside("ip", "link", "add", "one", "type", "veth", "peer", "name", "other") &&
    inside("setpriv", "--no-new-privs", "unshare", "--net", "true");
  return succeeds("ip", "netns", "delete", name) && works;
}
