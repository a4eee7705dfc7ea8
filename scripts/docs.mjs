/**
 * Writes the generated documentation; with --check, fails naming each file that is out of date.
 *
 * docs/reference/controls.md from the audit's catalog, docs/reference/errors.md from the error registry,
 * docs/formats/*.schema.json from the schemas that check the data, docs/reference/cli.md from what --help prints, the
 * option list within docs/reference/configuration.md, the table within docs/explanation/aws-backups.md, and the pictures
 * of imports within docs/architecture.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createJiti } from 'jiti';
import { format, resolveConfig } from 'prettier';
import { buildIfStale } from './build/build.mjs';
import { controlsPage } from './docs/controls-page.mjs';
import { errorsPage } from './docs/errors-page.mjs';
import { readImports, withImportPictures } from './docs/import-picture.mjs';
import { withVaultAccess } from './docs/vault-access-table.mjs';

const ROOT = join(import.meta.dirname, '..');
const check = process.argv.includes('--check');

try {
  await buildIfStale();
  const outdated = [];
  for (const [path, text] of await generate()) {
    const file = join(ROOT, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    outdated.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`Wrote ${path}.`);
  }
  if (check && outdated.length > 0) {
    throw new Error(`Out of date: ${outdated.join(', ')}. Run npm run docs, and commit what it writes.`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

/** @returns pairs of path and text */
async function generate() {
  const { errorRegistry } = await load('core/errors.js');
  const { errorDetailSchemas } = await load('cli/json/error-details.js');
  const { configJsonSchema, withConfigReference } = await load('config/index.js');
  const { formatJsonSchemas } = await load('vault/formats/json-schemas.js');
  const { cliReference } = await load('cli/reference.js');
  const { cliJsonSchemas } = await load('cli/json/json-schemas.js');
  const { CONTROLS } = await load('audit/catalog.js');
  const { RUNBOOK_LINES, RUNBOOK_SECTIONS } = await load('audit/runbook.js');
  const { FRAMEWORKS } = await load('audit/frameworks/frameworks.js');
  const controls = controlsPage(CONTROLS, RUNBOOK_LINES, RUNBOOK_SECTIONS, FRAMEWORKS);
  const files = [
    ['docs/reference/controls.md', await formatted('docs/reference/controls.md', controls)],
    ['docs/reference/cli.md', await formatted('docs/reference/cli.md', cliReference())],
    [
      'docs/reference/errors.md',
      await formatted('docs/reference/errors.md', errorsPage(errorRegistry, errorDetailSchemas)),
    ],
    ['docs/formats/config.schema.json', json(configJsonSchema())],
    ...Object.entries({ ...formatJsonSchemas(), ...cliJsonSchemas() }).map(([name, schema]) => [
      `docs/formats/${name}`,
      json(schema),
    ]),
  ];
  const page = 'docs/reference/configuration.md';
  files.push([page, await formatted(page, withConfigReference(readFileSync(join(ROOT, page), 'utf8')))]);
  const access = 'docs/explanation/aws-backups.md';
  const { VAULT_CASES } = await createJiti(import.meta.url).import(join(ROOT, 'test/policies/vault-cases.ts'));
  files.push([access, await formatted(access, withVaultAccess(readFileSync(join(ROOT, access), 'utf8'), VAULT_CASES))]);
  const architecture = 'docs/architecture.md';
  const pictures = withImportPictures(readFileSync(join(ROOT, architecture), 'utf8'), await readImports(), [
    'src',
    'src/backup',
  ]);
  files.push([architecture, await formatted(architecture, pictures)]);
  return files;
}

function load(path) {
  return import(pathToFileURL(join(ROOT, 'dist', path)).href);
}

function json(schema) {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

async function formatted(path, text) {
  const filepath = join(ROOT, path);
  return format(text, { ...(await resolveConfig(filepath)), filepath });
}
