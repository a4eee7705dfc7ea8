import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { renderSarif } from '../../../src/audit/report/render-sarif.js';
import { sampleRendering, sampleReport } from './sample-audit.js';

/** The published schema, without descriptions and without what we never write. */
const schema = z.fromJSONSchema(
  JSON.parse(
    readFileSync(new URL('../../fixtures/audit/sarif-2.1.0.schema.json', import.meta.url), 'utf8'),
  ) as Parameters<typeof z.fromJSONSchema>[0],
);

interface Log {
  readonly runs: readonly [
    {
      readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
      readonly invocations: readonly { readonly executionSuccessful: boolean }[];
      readonly results: readonly Readonly<Record<string, unknown> & { ruleId: string; ruleIndex: number }>[];
    },
  ];
}
const logOf = (rendering = sampleRendering()) => JSON.parse(renderSarif(rendering)) as Log;

test('the log is as the published schema of SARIF 2.1.0 has it', () => {
  expect(schema.safeParse(logOf()).error).toBeUndefined();
});

test('the schema notices a result without a message, and a property that is not of the format', () => {
  const [run] = logOf().runs;
  const { message: _message, ...rest } = run.results[0] ?? { ruleId: '', ruleIndex: 0 };
  expect(schema.safeParse({ ...logOf(), runs: [{ ...run, results: [rest] }] }).success).toBe(false);
  expect(schema.safeParse({ ...logOf(), runs: [{ ...run, severity: 'high' }] }).success).toBe(false);
});

test('results point at their rule, and at the template that holds the resource', () => {
  const [run] = logOf().runs;
  for (const { ruleId, ruleIndex } of run.results) expect(run.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
  expect(run.results.find(({ ruleId }) => ruleId === 'sample-tagged')).toMatchObject({
    kind: 'fail',
    level: 'error',
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: 'shop.template.json' } },
        logicalLocations: [{ fullyQualifiedName: 'shop/Hostile' }],
      },
    ],
  });
});

test('a waiver is a suppression with its reason, and a question without an answer is open, so the run is not complete', () => {
  const [{ results, invocations }] = logOf().runs;
  const waived = results.find(({ suppressions }) => suppressions !== undefined);
  expect(waived).toMatchObject({
    kind: 'fail',
    suppressions: [
      { kind: 'external', status: 'accepted', justification: expect.stringContaining('It is a cache') as string },
    ],
  });
  expect(results.filter(({ kind }) => kind === 'open')).toMatchObject([{ ruleId: 'sample-versioned', level: 'none' }]);
  expect(invocations).toMatchObject([{ executionSuccessful: false }]);
});

test('with a baseline each result says whether it is new', () => {
  const report = sampleReport();
  const [first, second] = report.findings;
  const comparison = {
    readAt: '2026-11-01T00:00:00.000Z',
    changes: [
      { change: 'new' as const, key: first?.key ?? '', control: first?.control ?? '' },
      { change: 'open' as const, key: second?.key ?? '', control: second?.control ?? '' },
    ],
  };
  const log = logOf({ ...sampleRendering(), report, comparison });
  expect(schema.safeParse(log).error).toBeUndefined();
  expect(log.runs[0].results.slice(0, 2).map(({ baselineState }) => baselineState)).toEqual(['new', 'unchanged']);
});
