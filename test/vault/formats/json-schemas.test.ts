import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatJsonSchemas } from '../../../src/vault/formats/json-schemas.js';

const folder = new URL('../../../docs/formats/', import.meta.url);

describe('the published JSON schemas', () => {
  it.each(Object.entries(formatJsonSchemas()))('in docs/formats/%s are those of the code', async (name, schema) => {
    const published: unknown = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    expect(published, 'docs/formats is out of date: write formatJsonSchemas() into it').toEqual(schema);
  });

  it('each have a page that describes the format and its version rules', async () => {
    const files = await readdir(folder);
    for (const name of Object.keys(formatJsonSchemas())) {
      const page = name.replace('.schema.json', '.md');
      expect(files).toContain(page);
      expect(await readFile(new URL(page, folder), 'utf8')).toContain('## Versions');
    }
  });

  it('admit keys that a later version may add', () => {
    expect(JSON.stringify(formatJsonSchemas())).not.toContain('"additionalProperties":false');
  });
});
