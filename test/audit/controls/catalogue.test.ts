import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/controls/index.js';
import { CATALOGUE } from './catalogue.js';

const SOURCES = path.join(import.meta.dirname, '../../../src/audit/controls');

it('the catalogue has these controls, with this severity and these references, in this order', () => {
  const actual = CONTROLS.map(({ id, severity, references: { pci = [], soc2 = [] } }) => [id, severity, pci, soc2]);
  expect(actual).toEqual(CATALOGUE);
});

it('each control is in a file of its name, and each file’s control is in the catalogue', () => {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'index.ts')
    .map((entry) => path.basename(entry.name, '.ts'));
  expect(CONTROLS.map(({ id }) => id).sort()).toEqual(files.sort());
});

it('each export is called as its file, in camel case', async () => {
  const modules = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name !== 'index.ts',
  );
  for (const { parentPath, name } of modules) {
    const id = path.basename(name, '.ts');
    const exported = (await import(path.join(parentPath, name))) as Record<string, { id: string }>;
    const camelCase = id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    expect(exported[camelCase]?.id, name).toBe(id);
  }
});

it('titles and remediations are sentences, and each control says where it is evaluated', () => {
  for (const { id, title, remediation, evaluatedOn } of CONTROLS) {
    expect(title, id).toMatch(/^[A-Z].*\.$/);
    expect(remediation, id).toMatch(/\S{3}/);
    expect(evaluatedOn.length, id).toBeGreaterThan(0);
  }
});

/** The lines of the runbook's tables 7.1 and 7.2. */
const RUNBOOK = [
  '7.1 KMS ViaService',
  '7.1 S3 Logging',
  '7.1 Param Group',
  '7.1 Aurora Encrypt',
  '7.1 PITR Status',
  '7.2.1',
  '7.2.2',
  '7.2.3',
  '7.2.4',
  '7.2.5',
  '7.2.6',
];

it('each line of the runbook’s tables 7.1 and 7.2 is a control’s', () => {
  const lines = new Set(
    CONTROLS.flatMap(({ references }) => references.runbook ?? []).filter((line) => /^7\./.test(line)),
  );
  expect([...lines].sort()).toEqual(RUNBOOK.toSorted());
});
