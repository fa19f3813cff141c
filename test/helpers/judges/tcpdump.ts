import { execFileSync } from "node:child_process";

/** Lines of tcpdump's most talkative view that call something wrong. It checks IP and TCP checksums of what it prints. */
export function tcpdumpComplaints(file: string): string[] {
  const text = execFileSync("tcpdump", ["-nn", "-vvv", "-r", file], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  if (!text.includes("(correct)")) throw new Error(`tcpdump checked nothing in ${file}`);
  // What begins with one tab is the payload as text, which may say anything.
  const ownWords = text.split("\n").filter((line) => !/^\t\S/.test(line));
  return ownWords.filter((line) => /incorrect|bad |truncated|\[\|/.test(line));
}
