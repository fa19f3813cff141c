/** `wirewright`, whose subcommands are the scripts. Only the one that is called is loaded, so that it starts quickly. */
import { Command } from "commander";
import { WirewrightError } from "../../lib/core/errors.ts";
import { nearestOf } from "../../lib/core/nearest-name.ts";
import { ONE_COMMAND } from "../shared/calling.ts";
import { createCommand, runScript } from "../shared/cli.ts";

interface Subcommand {
  /** In the list of subcommands. */
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

const SUBCOMMANDS: ReadonlyMap<string, Subcommand> = new Map([
  ["encapsulate", { summary: "turn a CSV of messages into a capture", load: () => import("../encapsulate.ts") }],
  ["analyze", { summary: "explain what happened in a capture", load: () => import("../analyze.ts") }],
  [
    "scenarios",
    { summary: "make captures of what happens in networks, with questions", load: () => import("../scenarios.ts") },
  ],
  ["edit", { summary: "make of a capture another one", load: () => import("../edit.ts") }],
  ["send", { summary: "send the messages of a CSV over real sockets", load: () => import("../send.ts") }],
  ["capture", { summary: "capture what passes a network adapter", load: () => import("../capture.ts") }],
  ["inject", { summary: "send the packets of a capture to an adapter", load: () => import("../inject.ts") }],
  ["chat-server", { summary: "let people chat over plain TCP connections", load: () => import("../chat-server.ts") }],
  ["chat-client", { summary: "take part in such a chat", load: () => import("../chat-client.ts") }],
  ["completion", { summary: "print what completes all this in a shell", load: () => import("./completion.ts") }],
]);

/** What has to know the flags of all others. */
const COMPLETION = "completion";
const HELP = "help";

const DESCRIPTION =
  "Turns application messages into the packets that would have carried them, and reads captures back.";

/** @param args the command line, behind the name of the command */
export async function runOneCommand(args: readonly string[]): Promise<void> {
  const called = args[0] === HELP ? args[1] : args[0];
  const isKnown = called === undefined || called.startsWith("-") || called === HELP || SUBCOMMANDS.has(called);
  const program = await createProgram(called === COMPLETION ? [...SUBCOMMANDS.keys()] : [called]);
  if (isKnown) return runScript(program.commands.find((command) => command.name() === called) ?? program);
  await runScript(program, () => Promise.reject(noSuchCommand(called)));
}

/** @param loaded the subcommands that are what they are; the others are only listed */
async function createProgram(loaded: readonly (string | undefined)[]): Promise<Command> {
  const program = createCommand(ONE_COMMAND, DESCRIPTION)
    .usage("<command> [options]")
    .helpCommand("help [command]", "print the help of a command")
    .enablePositionalOptions()
    .configureHelp({ helpWidth: 100, subcommandTerm: (command) => command.name() });
  for (const [name, { summary, load }] of SUBCOMMANDS) {
    const command = loaded.includes(name) ? (await load()).command : new Command(name);
    program.addCommand(command.summary(summary));
  }
  return program.addHelpText("after", `\nEach has help of its own: ${ONE_COMMAND} encapsulate --help.`);
}

function noSuchCommand(name: string): WirewrightError {
  const nearest = nearestOf(name, [...SUBCOMMANDS.keys()]);
  const advice = nearest === undefined ? `${ONE_COMMAND} --help lists all.` : `did you mean ${nearest}?`;
  return new WirewrightError("NO_COMMAND", `There is no command ${JSON.stringify(name)}; ${advice}`);
}
