import { readFileSync } from 'node:fs';

/** Set in a bundle, which has no package.json beside it. */
declare const HOLDFAST_VERSION: string | undefined;

/** This program, as manifests and proofs name it. */
export const tool: { readonly name: string; readonly version: string } = {
  name: 'holdfast',
  version: typeof HOLDFAST_VERSION === 'string' ? HOLDFAST_VERSION : readVersion(),
};

function readVersion(): string {
  // Two folders up from src/core, dist/core and dist/bundle.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
