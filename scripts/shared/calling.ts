/** How a command was called: as a script of a checkout, or as a part of the one command. It is named to people as they called it. */
import { realpathSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";

export const ONE_COMMAND = "wirewright";

/** Whether a module is what Node was started with. Otherwise somebody wants what it exports. @param url `import.meta.url` */
export function isMain(url: string): boolean {
  const [, started] = process.argv;
  if (started === undefined) return false;
  const own = fileURLToPath(url);
  // tsx also finds a script by its name alone.
  return [started, started + path.extname(own)].some((file) => realPathOf(file) === realpathSync(own));
}

function realPathOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}

/** What a person types for it: `wirewright edit`, or `npx tsx scripts/edit.ts`. */
export function callOf(command: Command): string {
  if (command.name() === ONE_COMMAND) return ONE_COMMAND;
  return asCalled(`${ONE_COMMAND} ${command.name()}`, command);
}

/** @param text in which commands are written as `wirewright edit` @returns the same as it can be typed where this one was */
export function asCalled(text: string, { parent }: Command): string {
  if (parent !== null) return text;
  return text.replace(/\bwirewright ([a-z][a-z-]*)/g, "npx tsx scripts/$1.ts");
}

/** Says something on standard error, and who says it: `edit`, or `wirewright edit`. */
export function say(command: Command, sentence: string): void {
  const speaker = command.parent === null ? command.name() : callOf(command);
  process.stderr.write(`${speaker}: ${sentence}\n`);
}

/** Lines that can be typed as they are, at the end of the help. @param lines commands, written as `wirewright edit` */
export function addExamples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText("after", () => asCalled(`\nExamples:\n  ${lines.join("\n  ")}`, command));
}
