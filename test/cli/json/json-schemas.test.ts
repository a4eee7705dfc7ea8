import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cliJsonSchemas } from '../../../src/cli/json/json-schemas.js';

const FORMATS = join(import.meta.dirname, '../../../docs/formats');

it('publishes every schema as it is now, and names each on the page', () => {
  const page = readFileSync(join(FORMATS, 'cli-json.md'), 'utf8');
  for (const [name, schema] of Object.entries(cliJsonSchemas())) {
    expect(JSON.parse(readFileSync(join(FORMATS, name), 'utf8')), name).toEqual(schema);
    expect(page).toContain(`(${name})`);
  }
});
