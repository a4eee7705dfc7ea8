/** Directories that go when the test file has ended. */
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** Called by the set-up file after the last test of each test file: this module may outlive it. */
export async function removeTemporaryDirectories(): Promise<void> {
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
}

/** A new directory, removed after the last test of the file. @param parent @default the system's temporary directory */
export function temporaryDirectory(parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'hf-test-'));
  made.push(directory);
  return directory;
}
