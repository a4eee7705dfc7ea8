/** `holdfast report`: one page of the audit, the backups and their proofs. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { reportDocument } from '../../../src/cli/json/aws-documents.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { putBackup, putProof } from '../../backup/status/stored-backups.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runJson } from './run-json.js';
import { newVault } from '../../helpers/vault.js';

const HOUR = 3_600_000;
const cwd = temporaryDirectory();

beforeAll(async () => {
  const vault = join(cwd, 'vault');
  const store = openFileStore(newVault(vault).directory);
  const backup = await putBackup(store, { database: 'shop', takenAt: new Date(Date.now() - 2 * HOUR) });
  await putProof(store, backup, new Date(Date.now() - HOUR));
  writeFileSync(
    join(cwd, 'holdfast.yaml'),
    `vault: ${pathToFileURL(vault).href}
schedule: cron(0 3 * * ? *)
defaults: {host: db.example.com}
databases:
  - {name: shop, dbName: shop}
  - {name: never, dbName: never}
`,
  );
  const template = { Resources: { Orders: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'orders' } } } };
  writeFileSync(join(cwd, 'shop.template.json'), JSON.stringify(template));
});

test('the page has backups, proofs and findings, and a broken objective is a bad verdict', async () => {
  const result = await runHoldfast(['report', '--template', 'shop.template.json'], { cwd });
  expect(result.code).toBe(3);
  expect(result.stdout).toContain('1 with a broken objective');
  const page = readFileSync(join(cwd, 'holdfast-report.html'), 'utf8');
  expect(page).toContain('<td class="status broken">broken</td>');
  expect(page).toMatch(/<span class="status proven">proven<\/span>, \d+ (?:min|h) ago/);
  expect(page).toContain('<code>s3-versioning</code>');
  expect(page).not.toMatch(/<[^>]*\b(?:src|href)=/);
});

test('--json says where the page is', async () => {
  const args = ['report', '--template', 'shop.template.json', '--output', 'sub/page.html'];
  const { report } = await runJson(reportDocument, args, { cwd, exitCode: 3 });
  expect(report).toMatchObject({ file: join(cwd, 'sub/page.html'), databases: 2, broken: 1 });
  expect(readFileSync(report.file, 'utf8')).toContain('<!doctype html>');
});

test('C: a page that cannot be written does not take the summary with it', async () => {
  writeFileSync(join(cwd, 'in-the-way'), '');
  const args = ['report', '--template', 'shop.template.json', '--output', 'in-the-way/page.html'];
  const { report, error, errors } = await runJson(reportDocument, args, { cwd, exitCode: 3 });
  expect(report).toMatchObject({ written: false, databases: 2, broken: 1 });
  // What is broken is what must be heard.
  expect(error).toBeUndefined();
  expect(errors).toEqual([expect.objectContaining({ code: 'OUTPUT_FAILED', exitCode: 1 })]);
  const { stdout, stderr } = await runHoldfast(args, { cwd });
  expect(stdout).toContain('1 with a broken objective');
  expect(stdout).not.toContain('Wrote');
  expect(stderr.replace(/\s+/g, ' ')).toContain(`Writing ${report.file}: `);
});
