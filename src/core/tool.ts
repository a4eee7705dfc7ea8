import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from './package-root.js';

/** Set in a bundle, which has no package.json beside it. */
declare const HOLDFAST_VERSION: string | undefined;

/** This program, as manifests and proofs name it. */
export const tool: { readonly name: string; readonly version: string } = {
  name: 'holdfast',
  version: typeof HOLDFAST_VERSION === 'string' ? HOLDFAST_VERSION : readVersion(),
};

function readVersion(): string {
  const text = readFileSync(path.join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
