/** The looks of the page. Every pair of text and ground has a contrast of at least 4.5:1, in light and in dark. */

const COLOURS = `:root{color-scheme:light dark;--ink:#1d2329;--paper:#fdfcfa;--raised:#fff;--muted:#525b64;--line:#d3d7db;--client:#0a58a6;--server:#94400a;--accent:#0a58a6;--good:#17652f;--note:#2b5794;--warning:#7c4d00;--error:#ad1f2a;--highlight:#ffe27a;--link:#e9e5f7;--net:#dcf0e3;--tra:#dceaf8;--app:#fbe9d6;--end:#eceef0}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ec;--paper:#14181d;--raised:#1b2026;--muted:#a6b0ba;--line:#3a434d;--client:#82bdff;--server:#ffb483;--accent:#82bdff;--good:#83d797;--note:#9fc5f8;--warning:#f0c363;--error:#ff9f99;--highlight:#6b5300;--link:#322d4c;--net:#1d3d2c;--tra:#1b3753;--app:#48331e;--end:#2c3238}}
@media print{:root{color-scheme:light;--ink:#000;--paper:#fff;--raised:#fff;--muted:#444c54;--line:#b8bec4;--client:#0a4a8c;--server:#7d3407;--accent:#0a4a8c;--good:#145427;--note:#244a7e;--warning:#694100;--error:#941923;--highlight:#ffe27a;--link:#e9e5f7;--net:#dcf0e3;--tra:#dceaf8;--app:#fbe9d6;--end:#eceef0}}`;

const PAGE = `*,*::before,*::after{box-sizing:border-box}
html{font:100%/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:var(--ink);background:var(--paper);scroll-padding-top:1rem}
body{margin:0 auto;max-width:82rem;padding:0 1.25rem 4rem}
pre,code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;z-index:9}
header{padding:2.2rem 0 1.4rem;border-bottom:1px solid var(--line)}
h1,h2,h3,h4{line-height:1.25;text-wrap:balance;overflow-wrap:anywhere}
h1{font-size:1.9rem;margin:0 0 .2rem;letter-spacing:-.01em}
h1 small{display:block;font-size:.9rem;font-weight:600;color:var(--muted);letter-spacing:.02em;margin-bottom:.2rem}
h2{font-size:1.4rem;margin:3rem 0 .8rem;padding-top:1.2rem;border-top:1px solid var(--line)}
main>section:first-child>h2{border-top:0;margin-top:.8rem}
h3{font-size:1.08rem;margin:1.6rem 0 .4rem}
p,li,dd{max-width:72ch}
p{margin:.4rem 0 .7rem}
.m,.more,.none,.where{color:var(--muted)}
.m{font-size:.86rem;display:block;font-weight:400}
.none,.where{font-weight:400;font-size:.86em}
.client{color:var(--client)}
.server{color:var(--server)}
.verdict{list-style:none;padding:0;font-size:1.06rem}
.verdict li{border-left:4px solid var(--line);padding:.25rem .9rem;margin:.35rem 0}
.verdict .calm{border-color:var(--good)}
.verdict .trouble{border-color:var(--warning)}
.calm{border-left:4px solid var(--good);padding:.4rem .9rem}
.facts{margin:1rem 0;display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:.5rem 2rem}
.facts dt{font-size:.8rem;color:var(--muted);font-weight:600}
.facts dd{margin:0;overflow-wrap:anywhere}
.story{grid-template-columns:1fr}
.story div{display:grid;grid-template-columns:6rem 1fr;gap:1rem}
.story dt{padding-top:.15rem}
nav{font-size:.9rem}
nav h2{font-size:.85rem;border:0;margin:1.4rem 0 .3rem;padding:0;color:var(--muted)}
nav ul{list-style:none;margin:0;padding:0}
nav a{display:block;padding:.2rem 0;text-decoration:none;overflow-wrap:anywhere}
nav a:hover{text-decoration:underline}
nav ul ul{padding-left:.9rem;border-left:2px solid var(--line)}
@media (min-width:64rem){.columns{display:grid;grid-template-columns:13rem minmax(0,1fr);gap:3rem}nav{position:sticky;top:0;max-height:100vh;overflow:auto;align-self:start;padding-bottom:1rem}}
@media (max-width:40rem){html{font-size:94%}.story div{grid-template-columns:1fr;gap:0}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important}}`;

const TABLES = `.scroll{overflow-x:auto;margin:.6rem 0 1rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding:.3rem 0;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
thead th{font-size:.8rem;color:var(--muted);font-weight:600;border-bottom-width:2px;overflow-wrap:normal}
tbody th{font-weight:500}
.num{text-align:right}
code{font-size:.86em;user-select:all}
.search{display:block;margin:.8rem 0;font-size:.9rem;font-weight:600}
input,textarea{font:inherit;color:var(--ink);background:var(--raised);border:1px solid var(--muted);border-radius:.3rem;padding:.35rem .6rem}
.severity{font-weight:600;white-space:nowrap}
.severity>span{display:inline-block;width:1.3em;height:1.3em;line-height:1.2em;text-align:center;border:1px solid;border-radius:50%}
.severity.error{color:var(--error)}
.severity.warning{color:var(--warning)}
.severity.note{color:var(--note)}
.severity.chat{color:var(--muted)}`;

const CHECKLIST = `.item{border:1px solid var(--line);border-radius:.5rem;background:var(--raised);padding:.3rem 1.2rem 1.1rem;margin:1.1rem 0}
.item h3{margin:.8rem 0 .3rem}
.state{font-size:.8rem;font-weight:600;white-space:nowrap;margin-left:.5rem}
.shown{color:var(--good)}
.missing{color:var(--muted)}
.advice{border-left:4px solid var(--line);padding-left:.9rem}
.item label{display:block;font-size:.9rem;font-weight:600;margin:.6rem 0 .3rem}
textarea{width:100%;max-width:72ch;resize:vertical;line-height:1.5;display:block}
.words{display:none;white-space:pre-wrap;overflow-wrap:anywhere}`;

const FRAMES = `.frame{border-top:1px solid var(--line)}
summary{cursor:pointer;padding:.45rem 0}
summary h3{display:inline;font-size:.95rem;margin:0}
.frame summary span{font-weight:400;margin-left:.7rem}
.frame .size{color:var(--muted)}
.frame>details[open]{padding-bottom:2rem}
.line{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;font-size:.9rem;color:var(--muted);max-width:none}
.stack{display:flex;list-style:none;margin:.8rem 0;padding:0;gap:2px}
.stack li{flex:1 1 6.5rem;min-width:0;padding:.35rem .6rem;border-radius:.25rem;font-size:.8rem;line-height:1.35;overflow-wrap:anywhere;max-width:none}
.stack b,.stack span{display:block}
.tag{font-size:.78rem;font-weight:600;padding:.1rem .45rem;border-radius:.25rem;white-space:nowrap}
.k-link{background:var(--link)}
.k-net{background:var(--net)}
.k-tra{background:var(--tra)}
.k-app{background:var(--app)}
.k-end{background:var(--end)}
.dump{margin:1rem 0;position:sticky;top:0;z-index:2;background:var(--paper);padding:.4rem 0;border-bottom:1px solid var(--line)}
.dump figcaption{font-weight:600;font-size:.9rem}
.rows{display:flex;gap:1.4rem;max-height:min(15rem,32vh);overflow:auto;margin:.3rem 0;font-size:.82rem;line-height:1.6}
.rows pre{margin:0;font-size:inherit}
.at{color:var(--muted)}
.now{margin:0;min-height:1.6em;font-size:.88rem;max-width:none;overflow-wrap:anywhere}
.fields{table-layout:fixed;min-width:42rem}
.fields td,.fields th,.bits td{overflow-wrap:anywhere}
.fields caption{padding:.7rem 0 .3rem}
.fields thead th:nth-child(1){width:8.5rem}
.fields thead th:nth-child(2){width:25%}
.fields thead th:nth-child(4){width:27%}
.d1{padding-left:1.2rem}
.d2{padding-left:2.2rem}
.d3{padding-left:3.2rem}
.d4{padding-left:4.2rem}
.bits{table-layout:fixed;min-width:46rem;text-align:center;font-size:.82rem;line-height:1.3}
.bits th,.bits td{text-align:center;padding:.35rem .1rem;vertical-align:middle}
.bits td{border:1px solid var(--muted);background:var(--raised)}
.bits td b{display:block;font-size:.86em;font-weight:600;color:var(--muted)}
.bits thead th{font-size:.68rem;padding:.1rem 0;font-weight:400;border:0}
.bits th:first-child{width:2.6rem;font-size:.72rem;color:var(--muted);border:0}
.bits abbr{text-decoration:none;white-space:nowrap;letter-spacing:-.04em}
.bits .tall{height:6rem}
[data-f]{cursor:default}
.on,tr.on>*{background:var(--highlight);color:var(--ink)}
.on *,.bits td.on b{color:var(--ink)}
.bits td.on{background:var(--highlight)}
.dump .on{text-decoration:underline 2px;text-underline-offset:.2em;font-weight:700}
tr.on,td.on,caption.on{outline:2px solid var(--ink);outline-offset:-2px}`;

const PRINT = `@page{size:A4;margin:16mm 15mm}
@media print{html{font-size:9.5pt}
body{max-width:none;padding:0}
nav,.skip,.search,.now{display:none}
a{color:inherit;text-decoration:none}
h2,h3,caption,summary{break-after:avoid}
figure,svg,tr,.item>p,.stack,.bits{break-inside:avoid}
thead{display:table-header-group}
header{padding-top:0}
.scroll,.rows{overflow:visible;max-height:none}
.dump{position:static}
.fields,.bits{min-width:0}
.dump{break-inside:auto}
.rows{font-size:7.5pt}
.item{border:0;border-top:1px solid var(--line);border-radius:0;padding:0 0 .6rem}
details:not(.frame>details)::details-content{content-visibility:visible;block-size:auto}
.frame:not(:has(>details[open])){display:none}
summary{list-style:none}
.stack li,.tag,.dump span,textarea{print-color-adjust:exact;-webkit-print-color-adjust:exact}
textarea{resize:none;border:0;border-radius:0;padding:0;max-width:none;height:auto;min-height:4.8em;line-height:1.6em;background:repeating-linear-gradient(transparent 0 calc(1.6em - 1px),var(--line) calc(1.6em - 1px) 1.6em)}
textarea.written{display:none}
textarea.written+.words{display:block}}`;

export const REPORT_STYLE = [COLOURS, PAGE, TABLES, CHECKLIST, FRAMES, PRINT].join("\n");
