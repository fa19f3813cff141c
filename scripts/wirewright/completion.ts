/** `wirewright completion`: prints what a shell needs to complete the command line. */
import { Argument } from "commander";
import { addExamples } from "../shared/calling.ts";
import { createCommand } from "../shared/cli.ts";
import { bashCompletion } from "./bash-completion.ts";
import { completionModel } from "./completion-model.ts";
import { fishCompletion } from "./fish-completion.ts";
import { zshCompletion } from "./zsh-completion.ts";

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };
type Shell = keyof typeof SCRIPTS;

const HELP = `
The script is to be read by the shell each time it starts. Once and for all:
  bash  in ~/.bashrc:                    eval "$(wirewright completion bash)"
  zsh   in ~/.zshrc, behind compinit:    source <(wirewright completion zsh)
  fish  in ~/.config/fish/config.fish:   wirewright completion fish | source`;

export const command = createCommand("completion", "Prints a script with which a shell completes this command.")
  .addArgument(new Argument("<shell>", "that will read it").choices(Object.keys(SCRIPTS)))
  .addHelpText("after", HELP)
  .action(run);

addExamples(command, ["wirewright completion bash", "wirewright completion fish | head"]);

function run(shell: Shell): void {
  process.stdout.write(SCRIPTS[shell](completionModel(command.parent!)));
}
