/** What can be completed of a command line, as commander's definitions tell it: the same for every shell. */
import type { Command, Option } from "commander";

/** What stands behind a flag, or between flags. */
export interface CompletedValue {
  /** What the help calls it. */
  readonly name: string;
  /** Where there are none and it is no file, only the user knows it. */
  readonly choices: readonly string[];
  readonly isFile: boolean;
}

export interface CompletedFlag {
  /** `-h` and `--help`. */
  readonly names: readonly string[];
  readonly description: string;
  readonly value?: CompletedValue;
  /** Whether the value may be left out. */
  readonly isOptional: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly CompletedFlag[];
  readonly operands: readonly CompletedValue[];
}

export interface CompletionModel extends CompletedCommand {
  readonly commands: readonly CompletedCommand[];
}

/** @param program with all its subcommands */
export function completionModel(program: Command): CompletionModel {
  const shown = program.createHelp().visibleCommands(program);
  const names = shown.map((command) => command.name());
  const commands = shown.map((command) => completedCommand(command, names));
  return { ...completedCommand(program, names), commands };
}

/** @param commandNames what `help` can be asked about */
function completedCommand(command: Command, commandNames: readonly string[]): CompletedCommand {
  const operands = command.registeredArguments.map((argument) => {
    const choices = argument.argChoices ?? (command.name() === "help" ? commandNames : []);
    return { name: argument.name(), choices, isFile: choices.length === 0 };
  });
  return {
    name: command.name(),
    description: command.summary() || command.description(),
    flags: command.createHelp().visibleOptions(command).map(completedFlag),
    operands,
  };
}

function completedFlag({ flags, short, long, description, required, argChoices }: Option): CompletedFlag {
  const name = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(flags)?.[1];
  return {
    names: [short, long].filter((part) => part !== undefined),
    description,
    // The names of values are all that tells which of them are files.
    ...(name !== undefined && { value: { name, choices: argChoices ?? [], isFile: /^(?:file|capture)/.test(name) } }),
    isOptional: !required,
  };
}
