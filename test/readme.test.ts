import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { runScript, runShell } from "./helpers/run-script.ts";
import { isMissing } from "./helpers/tools.ts";

const readme = fs.readFileSync("README.md", "utf8");

describe("the README", () => {
  it("shows what the first command prints", async () => {
    const { stdout } = await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    expect(readme).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
  });

  it.skipIf(isMissing("tshark"))("shows what tshark prints of that capture", async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    const { stdout } = await runShell('tshark -r out/part1.pcap -t r -Y "tcp.stream == 2" 2>/dev/null');
    expect(stdout.split("\n").length).toBeGreaterThan(10);
    expect(readme).toContain(`\n\`\`\`\n${stdout}\`\`\`\n`);
  });

  it("shows what each view of analyze prints, or how it begins", async () => {
    await runScript("encapsulate", ["fixtures/input.csv", "out/part1.pcap"]);
    const blocks = [
      ...readme.matchAll(/^```sh\nnpx tsx scripts\/analyze\.ts (.+)\n```\n(?:(?!```)[\s\S])*```\n([\s\S]*?)^```$/gm),
    ];
    expect(blocks.length).toBeGreaterThan(5);
    for (const [, args, output] of blocks) {
      const { stdout } = await runScript("analyze", args!.split(" "));
      expect(stdout.startsWith(output!), `${args}:\n${stdout}`).toBe(true);
    }
  });

  it.each([
    { script: "encapsulate", fewest: 20 },
    { script: "analyze", fewest: 12 },
  ])("names every option of $script", async ({ script, fewest }) => {
    const { stdout } = await runScript(script, ["--help"]);
    const options = stdout.match(/(?<=^ {2}(?:-\w, )?)--[a-z-]+/gm) ?? [];
    expect(options.length).toBeGreaterThan(fewest);
    for (const option of options) expect(readme).toContain(`\`${option}`);
  });

  it("has an example of the library that prints what it says", () => {
    const example = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
    const file = "test/readme-example.ts";
    try {
      fs.writeFileSync(file, example);
      const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", file], { encoding: "utf8" });
      expect(stderr).toBe("");
      expect(stdout.trim()).toBe(/console\.log\(.*\/\/ (.*)$/m.exec(example)?.[1]);
    } finally {
      fs.rmSync(file, { force: true });
    }
  });
});
