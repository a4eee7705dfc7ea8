import { expect, test } from 'vitest';
import { controlsPage } from '../../scripts/docs/controls-page.mjs';
import { CONTROLS } from '../../src/audit/catalog.js';
import { FRAMEWORKS } from '../../src/audit/frameworks/frameworks.js';
import { RUNBOOK_LINES, RUNBOOK_SECTIONS } from '../../src/audit/runbook.js';

test.each(RUNBOOK_LINES)('the line $id of the runbook is answered by a control', ({ id }) => {
  expect(CONTROLS.filter(({ references }) => references.runbook?.includes(id))).not.toEqual([]);
});

test('the page is refused when a line of the runbook has no control', () => {
  const without = CONTROLS.filter(({ references }) => !references.runbook?.includes('7.2.6'));
  expect(() => controlsPage(without, RUNBOOK_LINES, RUNBOOK_SECTIONS, FRAMEWORKS)).toThrow('No control answers 7.2.6');
});

test('the page is refused when a control refers to a line that the runbook does not have', () => {
  const [first, ...rest] = CONTROLS;
  const wrong = { ...first, references: { runbook: ['7.2.9'] } } as (typeof CONTROLS)[number];
  expect(() => controlsPage([wrong, ...rest], RUNBOOK_LINES, RUNBOOK_SECTIONS, FRAMEWORKS)).toThrow('7.2.9');
});

test('the page has a row and a remedy for each control', () => {
  const page = controlsPage(CONTROLS, RUNBOOK_LINES, RUNBOOK_SECTIONS, FRAMEWORKS);
  for (const { id } of CONTROLS) {
    expect(page).toContain(`| [\`${id}\`](#${id}) |`);
    expect(page).toContain(`<a id="${id}">`);
  }
});

test('20.F: the page is refused when a control refers to a requirement that its framework does not list', () => {
  const [first, ...rest] = CONTROLS;
  const wrong = { ...first, references: { ...first?.references, pci: ['99.1'] } } as (typeof CONTROLS)[number];
  expect(() => controlsPage([wrong, ...rest], RUNBOOK_LINES, RUNBOOK_SECTIONS, FRAMEWORKS)).toThrow('99.1');
});
