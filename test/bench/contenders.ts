/** Who takes part: the library in a process that is warmed up, our scripts as whole processes, and programs of others. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Contender } from "./contest.ts";
import { ROOT, runProcess, tsx } from "./processes.ts";
import type { WorkFigures } from "./work-child.ts";
import type { Workload } from "./workload.ts";

type Work = Pick<Contender, "items" | "expected" | "output">;

/** Does one work: the first argument is its name. */
export const WORK_CHILD = fileURLToPath(new URL("work-child.ts", import.meta.url));

/** The library's function in one process that stays: what it costs a program that does this all the time. */
export function inProcess(work: Work, ...args: string[]): Contender {
  let child: ChildProcess | undefined;
  let death: Promise<never>;
  const start = () => {
    const started = fork(WORK_CHILD, args, { cwd: ROOT, execArgv: ["--import", "tsx"] });
    death = once(started, "exit").then(([code]) => {
      throw new Error(`The process of the work "${args[0]}" ended with ${code}.`);
    });
    // It ends in the end, and nobody waits for an answer then.
    death.catch(() => {});
    return started;
  };
  return {
    ...work,
    who: "wirewright, in process",
    kind: "in process",
    async run() {
      child ??= start();
      const answer = Promise.race([once(child, "message"), death]);
      child.send("run");
      const [{ seconds, userSeconds, ...load }] = (await answer) as [WorkFigures];
      return { seconds, userSeconds, load };
    },
    stop: () => child?.disconnect(),
  };
}

/** The same from the start of Node to its end, for works that no script of ours does. */
export function wholeWork(work: Work, ...args: string[]): Contender {
  return wholeProcess(work, WORK_CHILD, ...args);
}

/** A script of ours as it is called from a shell. */
export function wholeProcess(work: Work, script: string, ...args: string[]): Contender {
  return program(work, "wirewright, whole process", "whole process", tsx(script, ...args));
}

/** A program by other hands. */
export function peer(work: Work, who: string, command: readonly string[]): Contender {
  return program(work, who, "peer", command);
}

function program(work: Work, who: string, kind: Contender["kind"], command: readonly string[]): Contender {
  return {
    ...work,
    who,
    kind,
    async run() {
      const { seconds, userSeconds, output } = await runProcess(command);
      return { seconds, userSeconds, load: parseLoad(output) };
    },
  };
}

/** Programs that leave no capture print the number of packets and of payload bytes. */
function parseLoad(output: string): Workload | undefined {
  const match = /^(\d+) (\d+)$/.exec(output);
  return match === null ? undefined : { packets: Number(match[1]), payloadBytes: Number(match[2]) };
}
