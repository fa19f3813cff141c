import { spawnSync } from "node:child_process";

/** The programs by other hands that some tests use as judges, and what each of them is asked. */
export const JUDGES = {
  tshark: "Wireshark's dissectors find no fault in our captures",
  tcpdump: "tcpdump prints our captures without calling anything incorrect",
} as const;

export type Judge = keyof typeof JUDGES;

/** Whether a program can be started on this machine. */
export function isInstalled(judge: Judge): boolean {
  return spawnSync(judge, ["--version"], { stdio: "ignore" }).status === 0;
}

/** CI sets this: there, a judge that is missing is a failure and not a reason to skip. */
export const JUDGES_ARE_REQUIRED = process.env.WIREWRIGHT_REQUIRE_JUDGES === "1";

/** True where the tests of this judge must be left out; throws where that is not allowed. */
export function isMissing(judge: Judge): boolean {
  if (isInstalled(judge)) return false;
  if (JUDGES_ARE_REQUIRED) throw new Error(`${judge} is not installed, and WIREWRIGHT_REQUIRE_JUDGES=1 asks for it`);
  return true;
}
