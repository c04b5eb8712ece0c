/** All of the page's looks: no file of anybody else is asked for. */
export const style = `
:root { color-scheme: light dark;
  --page: #f6f6f3; --card: #ffffff; --ink: #16181d; --soft: #5b616e; --line: #e3e3de;
  --yes: #2a6fdb; --no: #e07b1f; --rest: #8b93a3; --fault: #c4312f; --good: #16794a; --limit: #16181d; }
@media (prefers-color-scheme: dark) { :root {
  --page: #121417; --card: #1b1e23; --ink: #eceef2; --soft: #a1a8b5; --line: #31363e;
  --yes: #6ba3f5; --no: #f0a04b; --rest: #7f8796; --fault: #f0716e; --good: #4cc38a; --limit: #eceef2; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
main { max-width: 880px; margin: 0 auto; padding: 40px 20px 56px }
header p { margin: 0; color: var(--soft) }
h1 { margin: 4px 0 10px; font-size: 27px; line-height: 1.2; letter-spacing: -.01em }
h2 { margin: 0 0 2px; font-size: 16px }
h2 + p { margin: 0 0 14px; color: var(--soft); font-size: 13px }
.verdict { display: inline-block; margin: 0 8px 0 0; padding: 2px 12px; border-radius: 999px; font-weight: 600;
  border: 1.5px solid currentColor }
.verdict.good { color: var(--good) } .verdict.bad { color: var(--fault) }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(122px, 1fr)); gap: 12px; margin: 22px 0 }
.tile, section { background: var(--card); border: 1px solid var(--line); border-radius: 12px }
.tile { padding: 14px 16px } .tile b { display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums }
.tile span { color: var(--soft); font-size: 13px }
section { padding: 18px 20px; margin: 0 0 14px; overflow-x: auto }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif }
svg .yes, i.yes { fill: var(--yes); background: var(--yes) } svg .no, i.no { fill: var(--no); background: var(--no) }
svg .rest, i.rest { fill: var(--rest); background: var(--rest) } svg .fault, i.fault { fill: var(--fault); background: var(--fault) }
svg .line { fill: none; stroke-width: 2; stroke-linejoin: round } svg .line.yes { stroke: var(--yes) } svg .line.no { stroke: var(--no) }
svg .grid { stroke: var(--line) } svg .limit { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 4 3 }
svg .tick { fill: var(--soft) } svg .label { fill: var(--ink); font-weight: 600 } svg .value { fill: var(--ink); stroke: var(--card); stroke-width: 4; paint-order: stroke; font-variant-numeric: tabular-nums }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 10px 0 0; padding: 0; list-style: none; color: var(--soft) }
.legend b { color: var(--ink) } .legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 7px }
.legend i.dash { width: 16px; height: 0; border-radius: 0; border-top: 2px dashed var(--limit); vertical-align: middle }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: 13px }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); white-space: nowrap }
tr:last-child td { border-bottom: 0 } td.number, th.number { text-align: right }
.met { color: var(--good) } .missed { color: var(--fault); font-weight: 600 }
footer { color: var(--soft); font-size: 13px; margin-top: 20px } footer code { font-size: 12px }
`
