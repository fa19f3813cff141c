import type { CompletedCommand, CompletedFlag, CompletionModel } from "./completion-model.ts";

/** The completion of bash, from 3.2 on, which macOS has. Files are left to it: it completes them where nothing is said. */
export function bashCompletion({ name, commands, flags }: CompletionModel): string {
  const first = [...commands.map((command) => command.name), ...flags.flatMap(({ names }) => names)];
  return `# Completes ${name} in bash: eval "$(${name} completion bash)"
_${name}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" flags= operands=
  COMPREPLY=()
  # --flag=value is three words to bash.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    _${name}_words "${first.join(" ")}"
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map((command) => commandCase(command, `_${name}_words`)).join("\n")}
  esac
  if [[ $current == -* ]]; then
    _${name}_words "$flags"
  elif [[ -n $operands ]]; then
    _${name}_words "$operands"
  fi
}
# Proposes words, and no files.
_${name}_words() {
  compopt +o default +o bashdefault 2>/dev/null
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}
complete -o bashdefault -o default -F _${name} ${name}
`;
}

/** @param propose the function that does it */
function commandCase({ name, flags, operands }: CompletedCommand, propose: string): string {
  const lines = [`      flags="${flags.flatMap(({ names }) => names).join(" ")}"`];
  const choices = operands.flatMap((operand) => operand.choices);
  if (choices.length > 0) lines.push(`      operands="${choices.join(" ")}"`);
  const values = valueCases(flags, propose);
  if (values.length > 0) lines.push('      case "$previous" in', ...values, "      esac");
  return [`    ${name})`, ...lines, "      ;;"].join("\n");
}

/** By what stands behind them. What can be left out may as well be followed by another flag, which bash shall complete. */
function valueCases(flags: readonly CompletedFlag[], propose: string): string[] {
  const byProposal = new Map<string, string[]>();
  for (const { names, value, isOptional } of flags) {
    if (value === undefined || isOptional) continue;
    const proposal = value.isFile ? "return" : `${propose} "${value.choices.join(" ")}"; return`;
    byProposal.set(proposal, [...(byProposal.get(proposal) ?? []), ...names]);
  }
  return Array.from(byProposal, ([proposal, names]) => `        ${names.join("|")}) ${proposal} ;;`);
}
