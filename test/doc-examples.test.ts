/** The programs in doc comments, held against what they say, and all programs of documents against the types that they use. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { docExamplesOf, ofThisTree, outputsOf, programsOf, saidOutput } from "./helpers/documents/programs.ts";
import { DOCUMENTS } from "./helpers/documents/readmes.ts";

const sources = fs
  .readdirSync("lib", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => path.posix.join("lib", name.replaceAll(path.sep, "/")));
const examples = sources.flatMap((source) => docExamplesOf(source).map((program) => ({ source, program })));

describe("the examples in doc comments", () => {
  it("are there for the main jobs", () => {
    const said = examples.map(({ source }) => source);
    expect(said).toEqual(
      expect.arrayContaining([
        "lib/analyze-capture.ts",
        "lib/analyze.ts",
        "lib/chat/server.ts",
        "lib/dissect/describe-layers.ts",
        "lib/edit.ts",
        "lib/edit/frame-editor.ts",
        "lib/encapsulate-messages.ts",
        "lib/encapsulate.ts",
        "lib/filter/filter.ts",
        "lib/headers/decode-packet.ts",
        "lib/headers/define-header.ts",
        "lib/headers/packet.ts",
        "lib/html-report.ts",
        "lib/live/record/recorder.ts",
        "lib/pcap/capture-from-bytes.ts",
        "lib/pcap/open-capture.ts",
        "lib/pcap/pcap-writer.ts",
        "lib/pcap/pcapng-writer.ts",
        "lib/report/json/conversation-json.ts",
        "lib/report/text/analysis-summary.ts",
        "lib/send.ts",
        "lib/session/ideal/ideal-session.ts",
        "lib/session/message-player.ts",
        "lib/traffic/message-source.ts",
      ]),
    );
  });

  it("print what they say", () => {
    const programs = examples.map(({ program }) => program);
    const outputs = outputsOf(programs);
    expect(programs.filter((program) => saidOutput(program) === "")).toEqual([]);
    for (const [index, { source, program }] of examples.entries()) {
      expect(outputs[index], `${source}:\n${program}`).toBe(saidOutput(program));
    }
  });
});

it("programs of doc comments and documents have no fault of types", () => {
  const folder = fs.mkdtempSync("out/programs-");
  try {
    const programs = [...examples.map(({ program }) => program), ...DOCUMENTS.flatMap(programsOf)];
    programs.forEach((program, index) => {
      fs.writeFileSync(path.join(folder, `program-${index}.ts`), ofThisTree(program, folder));
    });
    const tsconfig = { extends: "../../tsconfig.json", include: ["*.ts"], exclude: [] };
    fs.writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const compiler = path.join("node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [compiler, "--project", folder], { encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
