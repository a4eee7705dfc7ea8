/** A real drill, of which a test reads what its restored code has written before the server is removed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillStarter } from '../../src/backup/verify/drill.js';
import { throwawayDrill, type ThrowawayDrillOptions } from '../../src/backup/verify/throwaway-drill.js';

export interface WatchedDrill {
  readonly start: DrillStarter;
  /** What lay in a file beside the server's data; `undefined` when there was none. */
  read(file: string): string | undefined;
  /** Where it was. */
  directory(): string;
}

/** @param files names of files that the restored code writes, relative to the working directory of the server */
export function watchedDrill(files: readonly string[], options: ThrowawayDrillOptions = {}): WatchedDrill {
  const found = new Map<string, string>();
  let directory = '';
  return {
    start: async (stored, context) => {
      const drill = await throwawayDrill(options)(stored, context);
      directory = drill.access.target.host;
      const stop = async () => {
        for (const file of files) {
          try {
            found.set(file, readFileSync(join(directory, 'data', file), 'utf8'));
          } catch {
            // It was not written.
          }
        }
        await drill.stop();
      };
      return { ...drill, stop };
    },
    read: (file) => found.get(file),
    directory: () => directory,
  };
}
