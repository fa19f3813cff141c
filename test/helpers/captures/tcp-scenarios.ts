/** Connections with one fault each, written by hand; what Wireshark finds in each frame stands beside it. */
import { LIFETIME_SCENARIOS } from "./scenarios/lifetime.ts";
import { LOSS_SCENARIOS } from "./scenarios/loss.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { WINDOW_SCENARIOS } from "./scenarios/windows.ts";

export const SCENARIOS: readonly Scenario[] = [...LIFETIME_SCENARIOS, ...LOSS_SCENARIOS, ...WINDOW_SCENARIOS];
