/** `--scenario`: a name that stands for other flags, which those that are given besides win against. */
import { type Command, Option } from "commander";
import { SCENARIO_NAMES, SCENARIOS, type ScenarioName } from "../../lib/session/network/known-scenarios.ts";

/** Adds the flag to a command that has all others. What it stands for is settled before the command's action. */
export function addScenarioFlag(command: Command): Command {
  return command
    .addOption(
      new Option("--scenario <name>", "flags for one thing that happens in networks; those given besides win").choices(
        SCENARIO_NAMES,
      ),
    )
    .hook("preAction", (called) => {
      const name: ScenarioName | undefined = called.getOptionValue("scenario");
      if (name !== undefined) applyFlags(called, SCENARIOS[name].flags.split(" "));
    });
}

function applyFlags(command: Command, words: readonly string[]): void {
  const isGiven = (name: string) => command.getOptionValueSource(name) === "cli";
  for (let at = 0; at < words.length; at++) {
    const option = command.options.find(({ long }) => long === words[at]);
    if (option === undefined) throw new Error(`A scenario has the flag ${words[at]}, and the command does not.`);
    const name = option.attributeName();
    const text = option.required ? words[++at]! : undefined;
    // What is said of both directions wins against what the scenario says of one.
    if (isGiven(name) || isGiven(name.replace(/^to(?:Server|Client)\./, ""))) continue;
    const value = text === undefined ? !option.negate : (option.parseArg?.(text, undefined) ?? text);
    command.setOptionValueWithSource(name, value, "config");
  }
}
