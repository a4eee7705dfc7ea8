import { expect, test } from 'vitest';
import { auditDocument } from '../../../src/audit/report/document.js';
import { renderHtml } from '../../../src/audit/report/html/render-html.js';
import { renderCsv } from '../../../src/audit/report/render-csv.js';
import { renderJson } from '../../../src/audit/report/render-json.js';
import { renderMarkdown } from '../../../src/audit/report/render-markdown.js';
import { HOSTILE, sampleRendering, sampleReport } from './sample-audit.js';

test('the JSON is as its published schema has it', () => {
  const document: unknown = JSON.parse(renderJson(sampleRendering()));
  expect(auditDocument.strict().safeParse(document).error).toBeUndefined();
});

test('the CSV has one record a finding, with quotes doubled and formulas disarmed', () => {
  const records = readCsv(renderCsv(sampleRendering()));
  const [head, ...rows] = records;
  expect(rows).toHaveLength(sampleReport().findings.length);
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([head?.length]));
  expect(rows[0]?.slice(0, 5)).toEqual(['sample-tagged', 'critical', 'fail', 'shop/Hostile', 'hostile']);
  expect(rows[0]?.[7]).toContain(HOSTILE);
  const report = sampleReport();
  const [first] = report.findings;
  const evil = { ...report, findings: [{ ...first, resourceName: '=1+1' } as (typeof report.findings)[number]] };
  expect(readCsv(renderCsv({ ...sampleRendering(), report: evil }))[1]?.[4]).toBe("'=1+1");
});

test('the Markdown shows what has to be done, with nothing of foreign origin as markup', () => {
  const text = renderMarkdown(sampleRendering());
  expect(text).toContain('## Findings');
  expect(text).toContain('## Not evaluated');
  expect(text).toContain('## Waived');
  expect(text).toContain('| critical | `sample-tagged` | open | Nobody owns it. |');
  expect(text).not.toMatch(/<img|[^\\]\[a\]\(|[^\\]\|"</);
});

test('the HTML page holds everything itself, lets nothing load, and escapes what is of foreign origin', () => {
  const text = renderHtml(sampleRendering());
  expect(text).not.toMatch(/<img/);
  expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(text).toContain("default-src 'none'");
  expect(text).not.toMatch(/<[^>]*\b(?:src|href|onerror)=/);
  expect(text.match(/<tr data-status=/g)).toHaveLength(sampleReport().findings.length);
});

test('the HTML page says beside each fault what to change, and names each column where there are no columns', () => {
  const rows = renderHtml(sampleRendering()).split('<tr data-status="').slice(1);
  const remedied = rows.filter((row) => row.includes('<p class="remedy">'));
  expect(remedied).toHaveLength(sampleReport().findings.filter(({ status }) => status === 'fail').length);
  expect(remedied.every((row) => row.startsWith('fail"'))).toBe(true);
  for (const name of ['Control', 'Resource', 'What']) {
    expect(rows.every((row) => row.includes(`<td data-label="${name}">`))).toBe(true);
  }
});

function readCsv(text: string): string[][] {
  return [...text.matchAll(/(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*\r\n/g)].map(([record]) =>
    [...record.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    ),
  );
}
