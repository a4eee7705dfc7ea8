import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configJsonSchema } from '../../src/config/json-schema.js';
import { configReference, withConfigReference } from '../../src/config/reference.js';
import { load } from './config-files.js';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const page = await read('reference/configuration.md');
const ENDINGS = { yaml: 'holdfast.yaml', ts: 'holdfast.config.ts', hcl: 'terraform.tfvars' } as const;
const examples = [...page.matchAll(/```(yaml|ts|hcl)\n(.*?)```/gs)].map(
  ([, language, text]) => [ENDINGS[language as keyof typeof ENDINGS], text!] as const,
);

describe('docs/reference/configuration.md', () => {
  it('lists every option as the schema has it', () => expect(page).toBe(withConfigReference(page)));

  it('has examples in every format', () => expect(new Set(examples.map(([name]) => name)).size).toBe(3));

  it.each(examples)('has an example for %s that loads without a warning', async (name, text) => {
    const environment = text.includes('environments:') ? 'prod' : undefined;
    const { config, warnings } = await load(name, text, environment);
    expect(warnings).toEqual([]);
    expect(config.databases.length).toBeGreaterThan(0);
  });
});

describe('configReference', () => {
  it('names every option of the schema, with its purpose', () => {
    const reference = configReference();
    const visit = (part: z.core.JSONSchema.BaseSchema): void => {
      for (const [key, option] of Object.entries(part.properties ?? {})) {
        if (typeof option === 'boolean') continue;
        expect(option.description, key).toMatch(/\w/);
        expect(reference).toContain(`- \`${key}\` (`);
        visit(option);
        if (typeof option.items === 'object' && !Array.isArray(option.items)) visit(option.items);
        for (const branch of option.anyOf ?? []) if (typeof branch === 'object') visit(branch);
      }
    };
    visit(configJsonSchema());
  });

  it('refuses a page without the place for it', () =>
    expect(() => withConfigReference('# Page')).toThrow(/The lines .* are missing from the page/));
});

describe('docs/formats/config.schema.json', () => {
  const editor = z.fromJSONSchema(configJsonSchema());

  it('is the schema that checks the config', async () => {
    expect(JSON.parse(await read('formats/config.schema.json'))).toEqual(configJsonSchema());
  });

  it('takes what Holdfast takes', () => {
    const config = {
      $schema: 'x',
      environments: { prod: { databases: [{ host: 'h', dbName: 'd', discover: { include: ['a'] } }] } },
    };
    expect(editor.safeParse(config).success).toBe(true);
  });

  it.each([
    { vualt: 's3://b' },
    { concurrency: 0 },
    { databases: [{ password: 'x' }] },
    { databases: [{ name: 'a/b' }] },
    { databases: [{ discover: { inclde: [] } }] },
    { defaults: { compression: 'lz4' } },
  ])('shows an editor what is wrong with %j', (config) => expect(editor.safeParse(config).success).toBe(false));
});
