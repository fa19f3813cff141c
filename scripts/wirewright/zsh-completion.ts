import type { CompletedCommand, CompletedFlag, CompletedValue, CompletionModel } from "./completion-model.ts";

/** The completion of zsh, sourced or as a file `_wirewright` among its functions. */
export function zshCompletion({ name, commands, flags }: CompletionModel): string {
  const listed = commands.map((command) => quoted(`${command.name}:${command.description}`));
  return `#compdef ${name}
# Completes ${name} in zsh: source <(${name} completion zsh)
_${name}() {
  local curcontext="$curcontext" state line
  local -a commands
  _arguments -C \\
${[...flags.map(flagSpec), "'1: :->command'", "'*:: :->operands'"].map((spec) => `    ${spec}`).join(" \\\n")}
  case $state in
    command)
      commands=(
${listed.map((line) => `        ${line}`).join("\n")}
      )
      _describe command commands
      ;;
    operands)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function commandCase({ name, flags, operands }: CompletedCommand): string {
  const files = operands.map((operand, index) => quoted(`${index + 1}:${escaped(operand.name)}:${actionOf(operand)}`));
  const specs = [...flags.map(flagSpec), ...files].map((spec) => `            ${spec}`);
  return [`        ${name})`, `          _arguments -s \\`, specs.join(" \\\n"), "          ;;"].join("\n");
}

/** Any flag may come again: of some the last one counts, and others add up. */
function flagSpec({ names, description, value, isOptional }: CompletedFlag): string {
  const colon = isOptional ? "::" : ":";
  const behind = value === undefined ? "" : `${colon}${escaped(value.name)}:${actionOf(value)}`;
  const equals = (flag: string) => (value !== undefined && flag.startsWith("--") ? "=" : "");
  return names.map((flag) => quoted(`*${flag}${equals(flag)}[${escaped(description)}]${behind}`)).join(" ");
}

function actionOf({ choices, isFile }: CompletedValue): string {
  if (isFile) return "_files";
  return choices.length > 0 ? `(${choices.join(" ")})` : " ";
}

function escaped(text: string): string {
  return text.replace(/[\\:[\]]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
