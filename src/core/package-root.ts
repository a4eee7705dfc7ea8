import { existsSync } from 'node:fs';
import path from 'node:path';

/** The directory of the package, wherever in it this file has been compiled or bundled to. */
export function packageRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(path.join(directory, 'package.json'))) {
    const above = path.dirname(directory);
    if (above === directory) throw new Error(`No package.json above ${import.meta.dirname}.`);
    directory = above;
  }
  return directory;
}
