/** Vaults in temporary directories, as `holdfast vault init` leaves them. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { formatVaultMarker, VAULT_MARKER_KEY } from '../../src/vault/formats/vault-marker.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface TestVault {
  readonly directory: string;
  readonly url: string;
}

/** A vault that holds nothing. @param directory made where it is missing @default a temporary one */
export function newVault(directory = join(temporaryDirectory(), 'vault')): TestVault {
  const marker = join(directory, VAULT_MARKER_KEY);
  mkdirSync(dirname(marker), { recursive: true });
  writeFileSync(
    marker,
    formatVaultMarker({
      format: 'holdfast.vault',
      version: 1,
      id: randomUUID(),
      createdAt: new Date().toISOString(),
      tool: { name: 'test', version: '0' },
    }),
  );
  return { directory, url: pathToFileURL(directory).href };
}
