import { BROWSER_CHECKS, browserIsMissing } from "./browser.ts";
import { isThere, TOOLS, type ToolName } from "./tools.ts";

/** Says after the run which checks were left out for want of something, so that green is not taken for more than it is. */
export function teardown(): void {
  for (const [name, { isMissingBecause, shows }] of Object.entries(TOOLS)) {
    if (!isThere(name as ToolName)) console.log(`Left out, because ${isMissingBecause}: ${shows}.`);
  }
  if (browserIsMissing()) {
    console.log(`Left out, because chromium is not installed or this is CI: ${BROWSER_CHECKS}.`);
  }
}
