#!/usr/bin/env -S npx tsx
import { ChatServer } from "../lib/chat/server.ts";
import { ServerLog } from "../lib/chat/server-log.ts";
import { printable } from "../lib/chat/terminal-text.ts";
import { ChatRecording } from "./chat-server/chat-recording.ts";
import { LogOutput, neverWait, standardOutputSink } from "./chat-server/log-output.ts";
import { addServerFlags, limitsOf, type ServerFlags, USUAL_RECORD_LIMIT } from "./chat-server/server-flags.ts";
import { addExamples, isMain, say } from "./shared/calling.ts";
import { createCommand, ExitCode, endInOrder, runScript, UsageError } from "./shared/cli.ts";

/** Milliseconds in which the end of the log may be read. */
const FLUSH_TIME = 1000;

export const command = addServerFlags(
  createCommand("chat-server", "Lets people chat over plain TCP connections, with nc, telnet or chat-client."),
).action(run);

addExamples(command, [
  "wirewright chat-server",
  "wirewright chat-server --host 0.0.0.0 --no-ip-limit --record chat.pcapng",
  "wirewright chat-server --port 8081 --log json --quiet-messages",
]);

if (isMain(import.meta.url)) runScript(command);

async function run(flags: ServerFlags): Promise<void> {
  const server = new ChatServer({ host: flags.host, port: flags.port, limits: limitsOf(flags) });
  neverWait(process.stderr);
  let isLogWhole = true;
  const sink = standardOutputSink(({ message }) => {
    isLogWhole = false;
    say(command, `The log has gaps and the chat goes on: ${message}`);
  });
  const output = new LogOutput(sink, flags.log);
  new ServerLog(server, {
    format: flags.log,
    hasMessages: !flags.quietMessages,
    write: (line) => output.write(flags.log === "text" ? printable(line) : line),
  });
  const recording = await openRecording(flags, server);
  const stopped = new Promise<void>((resolve) => server.once("stopped", resolve));
  // To be stopped is no failure.
  endInOrder(() => void server.stop());
  await start(server, recording);
  await stopped;
  const isRecorded = (await recording?.close()) ?? true;
  await output.flush(FLUSH_TIME);
  // A reader of the log that has stalled would keep the process alive.
  process.exit(isRecorded && isLogWhole ? process.exitCode : ExitCode.FAILED);
}

async function openRecording(flags: ServerFlags, server: ChatServer): Promise<ChatRecording | undefined> {
  const { record, recordLimit } = flags;
  if (record !== undefined) {
    const limit = recordLimit ?? USUAL_RECORD_LIMIT;
    return ChatRecording.open(record, server, { limit, say: (sentence) => say(command, sentence) });
  }
  if (recordLimit !== undefined)
    throw new UsageError("--record-limit is the size of a recording; name one with --record.");
  return undefined;
}

/** An older recording is not overwritten by a server that cannot start. */
async function start(server: ChatServer, recording: ChatRecording | undefined): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    await recording?.abandon();
    throw error;
  }
  recording?.begin();
}
