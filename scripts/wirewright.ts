#!/usr/bin/env node
/** The one command, as it is called in a checkout. The package has `wirewright/built-command.ts` for this. */
import { runOneCommand } from "./wirewright/one-command.ts";

runOneCommand(process.argv.slice(2));
