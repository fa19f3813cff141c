/** The looks of the figures. Colours are those of the page; whatever they say is said by shape and text as well. */

/** Columns that are aligned to the right, in tables whose class says so. */
const NUMBERS = Array.from({ length: 8 }, (_, index) => `.fig-n${index + 1} tr>:nth-child(${index + 1})`).join();

const FRAME = `.fig{margin:1.4rem 0 .4rem;break-inside:auto}
.fig figcaption{font-size:.88rem;color:var(--muted);max-width:72ch;margin-bottom:.7rem;break-inside:avoid;break-after:avoid}
.fig figcaption b{color:var(--ink)}
.fig-scroll{overflow-x:auto}
.fig-svg{display:block;width:100%;min-width:38rem;max-width:56rem;height:auto;break-inside:avoid;font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--ink);direction:ltr}
.fig-svg text{text-anchor:middle;unicode-bidi:isolate;direction:ltr;font-variant-numeric:tabular-nums}
.fig-svg path{fill:none}
.fig-svg a{text-decoration:none}
.fig-svg a:hover text{text-decoration:underline}
.fig-twin{margin:0 0 1.2rem;font-size:.92rem}
.fig-twin code{user-select:auto}
${NUMBERS}{text-align:right}
.fig-svg .fig-c{--side:var(--client)}
.fig-svg .fig-s{--side:var(--server)}
.fig-svg .fig-m,.fig-svg .fig-r{fill:var(--muted)}
.fig-svg .fig-r{text-anchor:end}
.fig-svg .fig-f{text-anchor:start;fill:var(--muted)}
.fig-svg .fig-legend text,.fig-svg .fig-lane,.fig-svg .fig-name{text-anchor:start}
.fig-legend{font-size:11px}`;

const LADDER = `.fig-head text{fill:var(--side);text-anchor:inherit;font-weight:600}
.fig-svg .fig-life{stroke:var(--side);stroke-width:1.6}
.fig-phase-opening{fill:var(--good);opacity:.1}
.fig-phase-data{fill:none}
.fig-phase-closing{fill:var(--warning);opacity:.1}
.fig-svg .fig-phase{text-anchor:start;fill:var(--muted);font-size:10.5px;font-style:italic}
.fig-svg [id^=arrow-] text{paint-order:stroke;stroke:var(--paper);stroke-width:3px;stroke-linejoin:round}
.fig-svg .fig-n{fill:var(--muted);font-weight:600}
.fig-svg .fig-note{fill:var(--note)}
.fig-svg .fig-warning{fill:var(--warning)}
.fig-svg .fig-error{fill:var(--error)}
.fig-data,.fig-again,.fig-ack,.fig-plain{stroke:var(--side);stroke-width:2.4}
.fig-again{stroke-dasharray:2.4 3.2}
.fig-ack{stroke-width:1.1;stroke-dasharray:7 4}
.fig-plain{stroke-width:1.4}
.fig-svg .fig-h{fill:var(--side)}
.fig-x{stroke:var(--side);stroke-width:2.2}
.fig-gap{stroke:var(--paper);stroke-width:4}
.fig-zig{stroke:var(--muted);stroke-width:1.3}
.fig-svg [id^=arrow-]:target text{fill:var(--ink);stroke:var(--highlight);stroke-width:5px}`;

const LANE = `.fig-lane{font-weight:600;fill:var(--side)}
.fig-svg .fig-band{fill:var(--side);opacity:.14}
.fig-svg .fig-even.fig-band{opacity:.3}
.fig-svg .fig-seg{stroke:var(--muted);stroke-width:1;fill:var(--paper)}
.fig-svg .fig-seg-missing{stroke-dasharray:3 3;stroke:var(--error)}
.fig-svg .fig-seg-folded{stroke-dasharray:1.5 3}
.fig-seam{stroke:var(--ink);stroke-width:1.4}
.fig-svg .fig-msg{stroke:var(--side);stroke-width:1.6;fill:var(--side);fill-opacity:.07}
.fig-svg .fig-msg.fig-even{fill-opacity:.16}
.fig-num{font-weight:600}
.fig-svg .fig-words{font:10.5px ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}`;

const PLOT = `.fig-axis{stroke:var(--muted)}
.fig-grid{stroke:var(--line);stroke-width:.7}
.fig-step{stroke:var(--side);stroke-width:1.2;stroke-dasharray:5 2}
.fig-p-data,.fig-p-again,.fig-p-disorder,.fig-p-RST{stroke:var(--side);stroke-width:3}
.fig-svg .fig-p-again,.fig-svg .fig-p-disorder{stroke-width:1.5;fill:var(--paper)}
.fig-svg .fig-p-SYN,.fig-svg .fig-p-FIN{fill:var(--side)}
.fig-p-RST{stroke-width:2.2}
.fig-name{font-weight:600;paint-order:stroke;stroke:var(--paper);stroke-width:3px}
@media print{.fig-svg{max-width:none;min-width:0;print-color-adjust:exact;-webkit-print-color-adjust:exact}.fig-scroll{overflow:visible}}`;

export const FIGURE_STYLE = [FRAME, LADDER, LANE, PLOT].join("\n");
