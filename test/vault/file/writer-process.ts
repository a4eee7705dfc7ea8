/**
 * A process that writes into a file store, to be raced with or killed. Arguments: directory, mode, name.
 *
 * `race`: on each line `key` of standard input it stores its own name under the key, and prints `stored` or the
 * error's code. `hang`: it writes 3 MiB of an object, prints `writing`, and waits for ever.
 */
import { createInterface } from 'node:readline';
import { openFileStore } from '../../../src/vault/file/file-store.js';

const [directory = '', mode, name = ''] = process.argv.slice(2);
const store = openFileStore(directory);

async function* bodyOf(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

async function* hangingBody(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(3 << 20);
  yield Buffer.alloc(1 << 20);
  process.stdout.write('writing\n');
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

if (mode === 'hang') await store.put(name, hangingBody());
else {
  process.stdout.write('ready\n');
  for await (const key of createInterface({ input: process.stdin })) {
    const outcome = await store.put(key, bodyOf(name)).then(
      () => 'stored',
      (error: { code?: string }) => error.code ?? 'unknown',
    );
    process.stdout.write(`${outcome}\n`);
  }
}
