import { readFileSync } from 'node:fs';

/** This program, as manifests and proofs name it. */
export const tool: { readonly name: string; readonly version: string } = {
  name: 'holdfast',
  version: readVersion(),
};

function readVersion(): string {
  // Two folders up from both src/backup and dist/backup.
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
