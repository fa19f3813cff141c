#!/usr/bin/env -S npx tsx
import { InvalidArgumentError } from "commander";
import { ChatClient } from "../lib/chat/client.ts";
import { USUAL_ADDRESS } from "../lib/chat/limits.ts";
import { runAsPipe } from "./chat-client/pipe-client.ts";
import { runOnTerminal } from "./chat-client/terminal-client.ts";
import { addExamples, isMain } from "./shared/calling.ts";
import { createCommand, runScript } from "./shared/cli.ts";
import { integerFlag, LARGEST_PORT } from "./shared/flag-values.ts";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly name?: string;
  readonly reconnect: boolean;
}

export const command = createCommand(
  "chat-client",
  "Chats over a server of lines: what you type goes out, what others say appears above it. Without a terminal it is a pipe.",
)
  .option("--host <address>", "of the server", USUAL_ADDRESS.host)
  .option("--port <number>", "of the server", integerFlag(1, LARGEST_PORT), USUAL_ADDRESS.port)
  .option("--name <name>", "yours; on a terminal you are asked for it, in a pipe the first line is it", oneLine)
  .option("--no-reconnect", "leave when the connection is lost")
  .action(run);

addExamples(command, [
  "wirewright chat-client",
  "wirewright chat-client --host 192.0.2.7 --name Alice",
  'echo "Bob: hello" | wirewright chat-client --name Alice',
]);

if (isMain(import.meta.url)) runScript(command);

async function run({ host, port, name, reconnect }: Flags): Promise<void> {
  // A terminal that cannot move its cursor is served as a pipe is: nothing is ever drawn again.
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== "dumb";
  const client = new ChatClient({ host, port, name, reconnects: reconnect && isTerminal });
  if (isTerminal) await runOnTerminal(client);
  else await runAsPipe(client);
}

function oneLine(text: string): string {
  if (text.trim() === "" || /\p{Cc}/u.test(text))
    throw new InvalidArgumentError("Give one line of visible characters.");
  return text;
}
