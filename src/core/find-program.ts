/** Programs on the PATH. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where to look when the environment has no PATH at all, as in some service managers. */
const USUAL_PLACES = ['/usr/local/bin', '/usr/bin', '/bin'].join(delimiter);

/**
 * The absolute path of an executable file on the PATH, or `undefined` when there is none.
 *
 * Relative entries of the PATH are passed over: what runs must not depend on the working directory.
 */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  for (const directory of (env['PATH'] ?? USUAL_PLACES).split(delimiter)) {
    if (!isAbsolute(directory)) continue;
    const path = join(directory, name);
    if (await isExecutableFile(path)) return path;
  }
  return undefined;
}

async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
