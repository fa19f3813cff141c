/** A scenario as `encapsulate --scenario` plays it, for whoever wants its packets without calling that command. */
import { type Command, Option } from "commander";
import type { CloseKind } from "../../lib/session/message-player.ts";
import type { ScenarioName } from "../../lib/session/network/known-scenarios.ts";
import { TICKS_PER_SECOND, type TrafficOptions } from "../../lib/traffic-options.ts";
import { createCommand } from "../shared/cli.ts";
import { milliseconds } from "../shared/reading-flags.ts";
import { addNetworkFlags, type NetworkFlags, networkOptionsOf, UNEVEN_CLOSES } from "./network-flags.ts";
import { addScenarioFlag } from "./scenario-flag.ts";

/** How long a round trip takes, also where the network is ideal. */
export function roundTripFlag(): Option {
  return milliseconds("--rtt <time>", "round-trip time");
}

/** How connections end. */
export function closeFlag(): Option {
  return new Option("--close <how>", "how connections end")
    .choices(["fin", "rst", ...UNEVEN_CLOSES, "none"])
    .default("fin");
}

interface ScenarioFlags extends NetworkFlags {
  readonly rtt: number;
  readonly close: CloseKind;
}

/** What becomes of the messages of a scenario. Times are microseconds, as in a capture of the usual precision. */
export function scenarioTraffic(name: ScenarioName): TrafficOptions {
  const { rtt, close, ...network } = flagsOf(name);
  const ticksPerSecond = TICKS_PER_SECOND.us;
  return {
    roundTripTime: Math.round(rtt * ticksPerSecond),
    close,
    network: networkOptionsOf({ ...network, rtt, close }, ticksPerSecond),
  };
}

function flagsOf(name: ScenarioName): ScenarioFlags {
  const command: Command = createCommand(name, "").addOption(roundTripFlag()).addOption(closeFlag());
  addScenarioFlag(addNetworkFlags(command)).action(() => undefined);
  command.parse(["--scenario", name], { from: "user" });
  return command.opts<ScenarioFlags>();
}
