/** How every page begins. */

import { type Content, Html, html } from "./escape.ts";
import { REPORT_STYLE } from "./style.ts";

/**
 * From the type of the document to the end of its head.
 *
 * @param style what a page has beyond the style of all
 * @param scriptHash of the only script that may run, as a content security policy has it; left out: none may
 */
export function documentHead(title: Content, style: string, scriptHash?: string): Html {
  // Even where markup in a packet got through, it could load nothing, send nothing, and run nothing but our own script.
  const script = scriptHash === undefined ? "" : `script-src '${scriptHash}'; `;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; ${script}base-uri 'none'; form-action 'none'`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${new Html(`${REPORT_STYLE}\n${style}`)}</style>
</head>`;
}
