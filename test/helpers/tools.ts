import { spawnSync } from "node:child_process";

/** The programs by other hands that some tests use as judges, and what each of them is asked. */
export const JUDGES = {
  tshark: "Wireshark's dissectors find no fault in our captures",
  tcpdump: "tcpdump prints our captures without calling anything incorrect",
  python3: "the chat client is driven in a pseudo-terminal",
  nc: "nc chats with our server",
  telnet: "telnet chats with our server",
  dumpcap: "dumpcap captures what we capture, frame by frame",
  ip: "captures and injections in network namespaces of their own",
} as const;

export type Judge = keyof typeof JUDGES;

/** Whether a program can be started on this machine. */
export function isInstalled(judge: Judge): boolean {
  // Not every one of them has --version: one that starts is there. 127 is how a wrapper says that it found nothing.
  const { error, status } = spawnSync(judge, [judge === "ip" ? "-V" : "--version"], { stdio: "ignore" });
  return error === undefined && status !== 127;
}

/** CI sets this: there, a judge that is missing is a failure and not a reason to skip. */
export const JUDGES_ARE_REQUIRED = process.env.WIREWRIGHT_REQUIRE_JUDGES === "1";

/** True where the tests of this judge must be left out; throws where that is not allowed. */
export function isMissing(judge: Judge): boolean {
  if (isInstalled(judge)) return false;
  if (JUDGES_ARE_REQUIRED) throw new Error(`${judge} is not installed, and WIREWRIGHT_REQUIRE_JUDGES=1 asks for it`);
  return true;
}
