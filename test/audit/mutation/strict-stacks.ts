/**
 * Everything that Holdfast builds, as strict as it builds it by default: the data layer with its rotations, the backup
 * jobs and the vault in another account. Synthesized once, as plain templates.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { declaredFrom } from '../../../src/audit/declared-from-config.js';
import { readTemplates, type StackTemplate } from '../../../src/audit/facts-from-templates.js';
import type { Declared } from '../../../src/audit/model/declared.js';
import { loadConfig } from '../../../src/config/index.js';
import { createApp } from '../../../src/constructs/backup/create-app.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const EXAMPLE = path.join(import.meta.dirname, '../../../examples/data-layer-and-backups');

export interface StrictStacks {
  readonly stacks: readonly StackTemplate[];
  /** What their config declares. */
  readonly declared: Declared;
}

/** @param region in place of the example's */
export async function strictStacks(region?: string): Promise<StrictStacks> {
  // CloudFormation's own checks take longer than everything else; test/synth has cfn-lint.
  process.env.CDK_VALIDATION = 'false';
  const { config: example } = await loadConfig({ file: path.join(EXAMPLE, 'holdfast.yaml'), cwd: EXAMPLE });
  const config = { ...example, ...(region !== undefined && { region }) };
  const outdir = temporaryDirectory();
  const functions = ['rotate-postgres', 'rotate-redis', 'rotate-keys', 'watch-rotations'];
  const rotationBundles = bundles(...functions.map((name) => path.join(name, 'index.mjs')));
  createApp(config, { outdir, bundle: bundles('holdfast.mjs'), rotationBundles }).synth();
  return { stacks: readTemplates(outdir), declared: declaredFrom(config) };
}

/** What the bundles hold is tested where they run; for a template, something has to lie there. */
function bundles(...files: readonly string[]): string {
  const directory = temporaryDirectory();
  for (const file of files) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), '// Not run here.\n');
  }
  return directory;
}
