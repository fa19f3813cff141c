import type { CompletedCommand, CompletedFlag, CompletedValue, CompletionModel } from "./completion-model.ts";

/** The completion of fish. */
export function fishCompletion({ name, commands, flags }: CompletionModel): string {
  const atFirst = `-n ${quoted(`__${name}_calls`)}`;
  const lines = [
    `complete -c ${name} ${atFirst} -f`,
    ...flags.map((flag) => `complete -c ${name} ${atFirst}${flagText(flag)}`),
    ...commands.map((command) => `complete -c ${name} ${atFirst} -a ${command.name} -d ${quoted(command.description)}`),
    ...commands.flatMap((command) => linesOf(name, command)),
  ];
  return `# Completes ${name} in fish: ${name} completion fish | source
# Whether a command was called; without an argument, whether there is none yet.
function __${name}_calls
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end
${lines.join("\n")}
`;
}

function linesOf(program: string, { name, flags, operands }: CompletedCommand): string[] {
  const when = `complete -c ${program} -n ${quoted(`__${program}_calls ${name}`)}`;
  const choices = operands.filter((operand) => operand.choices.length > 0);
  const hasFiles = operands.some(({ isFile }) => isFile);
  return [
    ...(hasFiles ? [] : [`${when} -f`]),
    ...choices.map((operand) => `${when} -a ${quoted(operand.choices.join(" "))}`),
    ...flags.map((flag) => `${when}${flagText(flag)}`),
  ];
}

function flagText({ names, description, value, isOptional }: CompletedFlag): string {
  const forms = names.map((name) => (name.startsWith("--") ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`));
  const behind = value === undefined || isOptional ? "" : valueText(value);
  return `${forms.join("")}${behind} -d ${quoted(description)}`;
}

function valueText({ choices, isFile }: CompletedValue): string {
  if (isFile) return " -r -F";
  return choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : " -x";
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
