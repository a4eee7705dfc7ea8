/** Props as users of the CDK expect them: every one can be read in an editor, and none is a type of the config. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { DataLayerInput } from '../../src/config/sections/data-layer.js';
import type { DataLayerConfig } from '../../src/config/sections/data-layer-config.js';
import * as constructs from '../../src/constructs/index.js';
import type { DataLayerProps } from '../../src/constructs/index.js';

const FOLDER = path.join(import.meta.dirname, '../../src/constructs');
/** Of a plugin of the CDK, which has options and no scope. */
const NO_CONSTRUCTS = /^audit\//;

interface Property {
  readonly comment: string;
  readonly text: string;
}

/** Interfaces whose names end in `Props`, with their properties. */
const PROPS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !NO_CONSTRUCTS.test(file))
  .flatMap((file) => {
    const source = readFileSync(path.join(FOLDER, file), 'utf8');
    return [...source.matchAll(/^export interface (\w+Props)\b[^{]*?\{\n([^]*?)^\}/gm)].map(
      ([, name = '', body = '']) => [name, propertiesOf(body)] as const,
    );
  });

function propertiesOf(body: string): readonly Property[] {
  const found = body.matchAll(/^(?: {2}\/\*\*([^]*?)\*\/\n)? {2}(?! |\/|\*|\})([^\n]+)$/gm);
  return [...found].map(([, comment = '', text = '']) => ({ comment, text }));
}

it('finds them', () => {
  const names = PROPS.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(['AuroraPostgresProps', 'BackupJobsProps', 'SecretRotationProps']));
  expect(PROPS.flatMap(([, properties]) => properties).length).toBeGreaterThan(200);
});

describe.each(PROPS)('%s', (_name, properties) => {
  it('has readonly properties, and says what an optional one is if it is left out', () => {
    for (const { comment, text } of properties) {
      expect(text).toMatch(/^readonly /);
      if (/^readonly \w+\?:/.test(text)) expect(comment, text).toContain('@default');
    }
  });
});

it('every construct and stack takes a scope, an id and props', () => {
  const made = Object.entries(constructs).filter(([, value]) => {
    for (let one: unknown = value; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
      if (one.name === 'Construct') return true;
    }
    return false;
  });
  expect(made.length).toBeGreaterThan(20);
  const odd = made.filter(([, value]) => {
    const source = readFileSync(fileOf((value as { readonly name: string }).name), 'utf8');
    return !/constructor\(\s*scope: Construct,\s*id: string,\s*(?:props|\{[^}]*\}): \w+(?: = \{\})?,?\s*\)/.test(
      source,
    );
  });
  expect(odd.map(([name]) => name)).toEqual([]);
});

function fileOf(name: string): string {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  const found = files.find(
    (file) => file.endsWith('.ts') && readFileSync(path.join(FOLDER, file), 'utf8').includes(`export class ${name} `),
  );
  if (found === undefined) throw new Error(`No file has the class ${name}.`);
  return path.join(FOLDER, found);
}

describe("the data layer's props", () => {
  it("take a config's section, as written and with its defaults", () => {
    expectTypeOf<DataLayerInput>().toExtend<DataLayerProps>();
    expectTypeOf<DataLayerConfig>().toExtend<DataLayerProps>();
  });

  it('have every option of it but how to sign in', () => {
    expectTypeOf<Exclude<keyof DataLayerInput, keyof DataLayerProps>>().toEqualTypeOf<
      'account' | 'profile' | 'roleArn'
    >();
    expectTypeOf<Exclude<keyof DataLayerProps, keyof DataLayerInput>>().toBeNever();
  });
});
