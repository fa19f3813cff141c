/** Colours, for whoever prints on something that has them. Lines are painted when they are complete: colours take no cells. */
import type { Severity } from "../../streams/findings.ts";

export interface Paint {
  heading(text: string): string;
  severity(text: string, severity: Severity): string;
}

export const NO_PAINT: Paint = {
  heading: (text) => text,
  severity: (text) => text,
};
