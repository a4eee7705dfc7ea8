/** The style sheet of HTML reports: light and dark as the reader's system, and a form for paper. */
export const PAGE_STYLE = `
:root { --text: #1d2430; --soft: #5b6575; --page: #fff; --panel: #f4f6f9; --line: #d9dee6;
  --critical: #a4001d; --high: #c2410c; --medium: #8a6100; --low: #3d5a80; --good: #1b6e3c; --unknown: #6b4fa0; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #9aa5b5; --page: #14181f; --panel: #1d232d;
  --line: #343c49; --critical: #ff7a8a; --high: #ff9d66; --medium: #e6c15c; --low: #8fb8e8; --good: #6fd39a; --unknown: #c3a8f5; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--text); background: var(--page); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; } h2 { margin: 2.5rem 0 .75rem; font-size: 1.25rem; }
h3 { margin: 2rem 0 .5rem; font-size: 1.05rem; }
.soft { color: var(--soft); } code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.25rem 0; padding: 0; list-style: none; }
.tiles li { min-width: 7rem; padding: .6rem .9rem; background: var(--panel); border-left: 4px solid var(--line); border-radius: 4px; }
.tiles b { display: block; font-size: 1.4rem; line-height: 1.2; }
.critical { --tone: var(--critical); } .high { --tone: var(--high); } .medium { --tone: var(--medium); } .low { --tone: var(--low); }
.fail { --state: var(--critical); } .pass, .proven, .ok { --state: var(--good); } .not-evaluated, .unreadable { --state: var(--unknown); }
.waived, .warning { --state: var(--medium); } .absent { --state: var(--soft); } .broken { --state: var(--critical); }
.tiles li[class] { border-color: var(--tone, var(--state)); }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: .75rem 1rem; background: var(--panel); border-radius: 4px; }
fieldset { margin: 0; padding: 0; border: 0; } legend { float: left; margin-right: .75rem; color: var(--soft); }
label { margin-right: .75rem; white-space: nowrap; } label.text { display: flex; flex: 1 1 20rem; gap: .5rem; align-items: center; margin: 0; }
input[type=search] { flex: 1; min-width: 0; max-width: 24rem; padding: .25rem .5rem; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 4px; font: inherit; }
::placeholder { color: var(--soft); opacity: 1; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; } th { color: var(--soft); font-weight: 600; text-align: left; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td p { margin: 0 0 .25rem; } td .remedy { padding-left: .6rem; color: var(--soft); border-left: 2px solid var(--line); overflow-wrap: anywhere; }
td { overflow-wrap: anywhere; } td.number { text-align: right; }
.severity { color: var(--tone); font-weight: 600; } .status { color: var(--state); font-weight: 600; white-space: nowrap; }
details summary { color: var(--soft); cursor: pointer; }
tr[hidden], [data-shown][hidden] { display: none; }
@media screen and (max-width: 48rem) { main { padding: 1.25rem 1rem 3rem; } thead { display: none; } table, tbody, tr, td { display: block; }
  tr { padding: .6rem 0; border-bottom: 1px solid var(--line); } td { padding: .2rem 0; border: 0; } td:empty { display: none; } td.number { text-align: left; }
  td.name { font-weight: 600; } td.severity, td.severity + td.status { display: inline-block; margin-right: 1rem; }
  td[data-label]::before { content: attr(data-label); display: block; color: var(--soft); font-size: .8em; }
  .tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .5rem; } .tiles li { min-width: 0; } }
@page { size: landscape; margin: 14mm; }
@media print { :root { --text: #000; --page: #fff; --panel: #fff; --soft: #444; --line: #bbb; --critical: #a4001d; --high: #a33508;
  --medium: #6d4d00; --low: #2b4566; --good: #14552e; --unknown: #51397f; }
  form { display: none; } main { max-width: none; padding: 0; } tr { break-inside: avoid; } body { font-size: 10pt; } .scroll { overflow: visible; } }
`;
