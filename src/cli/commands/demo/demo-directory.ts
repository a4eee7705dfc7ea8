/** The one directory that everything of a demo lies in, and its removal whatever happens. */
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DemoDirectory {
  readonly path: string;
  remove(): Promise<void>;
  /** From now on it stays. */
  keep(): void;
}

export async function createDemoDirectory(): Promise<DemoDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'hf-demo-'));
  // As root, the servers run as another user, who must pass through.
  await chmod(path, 0o711);
  // A second interruption ends the process without waiting for remove().
  const removeAtOnce = () => rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  process.once('exit', removeAtOnce);
  const keep = () => void process.off('exit', removeAtOnce);
  return {
    path,
    keep,
    remove: async () => {
      await rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      keep();
    },
  };
}
