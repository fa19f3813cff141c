import { BROWSER_CHECKS, findBrowser } from "./browser.ts";
import { isInstalled, JUDGES, type Judge } from "./tools.ts";

/** Says after the run which checks were left out for want of a program, so that green is not taken for more than it is. */
export function teardown(): void {
  const missing = (Object.keys(JUDGES) as Judge[]).filter((judge) => !isInstalled(judge));
  for (const judge of missing) console.log(`Left out, because ${judge} is not installed: ${JUDGES[judge]}.`);
  if (findBrowser() === undefined) {
    console.log(`Left out, because chromium is not installed or this is CI: ${BROWSER_CHECKS}.`);
  }
}
