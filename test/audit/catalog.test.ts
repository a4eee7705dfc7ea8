import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { CONTROLS } from '../../src/audit/catalog.js';
import { CATALOG } from './catalog.js';

const SOURCES = path.join(import.meta.dirname, '../../src/audit');

it('the catalog has these controls, with this severity and these references, in this order', () => {
  const actual = CONTROLS.map(({ id, severity, references: { pci = [], soc2 = [] } }) => [id, severity, pci, soc2]);
  expect(actual).toEqual(CATALOG);
});

/** Files that a service gives to a single control. */
const OWN_FILES = readdirSync(SOURCES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(path.join(SOURCES, entry.name, 'controls.ts')))
  .flatMap(({ name: service }) =>
    readdirSync(path.join(SOURCES, service))
      .filter((name) => readFileSync(path.join(SOURCES, service, name), 'utf8').includes('defineControl({'))
      .map((name) => ({ service, id: path.basename(name, '.ts') })),
  );

const WITHOUT_OWN_FILES = ['aurora', 'backup', 'codebuild', 'dynamodb', 'literals', 'logs', 'network', 'redis'];

it('A5: every service with controls is in the catalog', () => {
  const named = readFileSync(path.join(SOURCES, 'catalog.ts'), 'utf8');
  const services = readdirSync(SOURCES).filter((name) => existsSync(path.join(SOURCES, name, 'controls.ts')));
  expect(services.filter((service) => !named.includes(`'./${service}/controls.js'`))).toEqual([]);
  expect(services).toHaveLength(12);
});

it('A5: a control with a file of its own has the name of the file, and is in the catalog', async () => {
  expect(OWN_FILES).toHaveLength(8);
  for (const { service, id } of OWN_FILES) {
    const exported = (await import(path.join(SOURCES, service, `${id}.ts`))) as Record<string, { id: string }>;
    expect(exported[camelCase(id)]?.id).toBe(id);
    expect(CONTROLS).toContain(exported[camelCase(id)]);
  }
});

it('A5: each control is exported under its id, in camel case, and is in the catalog once', async () => {
  const modules = await Promise.all(
    [...new Set([...OWN_FILES.map(({ service }) => service), ...WITHOUT_OWN_FILES])].map(
      async (service) => (await import(path.join(SOURCES, service, 'controls.ts'))) as Record<string, unknown>,
    ),
  );
  const shared = modules.flatMap(({ controls: _, ...exported }) => Object.entries(exported));
  for (const [name, control] of shared) {
    expect(CONTROLS).toContain(control);
    expect(name).toBe(camelCase((control as { id: string }).id));
  }
  expect(shared).toHaveLength(CONTROLS.length - OWN_FILES.length);
  expect(new Set(CONTROLS.map(({ id }) => id)).size).toBe(CONTROLS.length);
});

function camelCase(id: string): string {
  return id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

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

it("each line of the runbook's tables 7.1 and 7.2 is a control's", () => {
  const lines = new Set(
    CONTROLS.flatMap(({ references }) => references.runbook ?? []).filter((line) => /^7\./.test(line)),
  );
  expect([...lines].sort()).toEqual(RUNBOOK.toSorted());
});
