import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

/** A file with this text, removed after the last test of the file. */
export function temporaryFile(text: string): string {
  const file = join(temporaryDirectory(), 'settings.json');
  writeFileSync(file, text);
  return file;
}
