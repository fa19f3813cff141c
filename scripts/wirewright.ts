#!/usr/bin/env node
/** The one command. What it has to load comes behind the cache that keeps it compiled, where Node has one (22.1 and later). */
import module from "node:module";

const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
enableCompileCache?.();

const { runOneCommand } = await import("./wirewright/one-command.ts");
await runOneCommand(process.argv.slice(2));
