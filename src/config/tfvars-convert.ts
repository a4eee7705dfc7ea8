/** Translates a Terraform variable file's keys and values into the schema's, and remembers the way back. */
import * as z from 'zod';
import { nearest } from '../core/nearest.js';
import { s3VaultUrl } from '../syntax/vault-url.js';
import { isPasswordKey } from './password-problems.js';
import type { Path, Problem } from './problems.js';
import { configSchema } from './schema.js';
import { knownKeysAt, schemaAt } from './schema-walk.js';
import type { SourceDocument } from './source-document.js';

/** What the layer-2 module calls its variables. */
const MODULE_NAMES: Readonly<Record<string, string>> = {
  rds_endpoint: 'host',
  db_name: 'dbName',
  secret_arn: 'secretArn',
  target_bucket: 'vault',
  backup_account_kms_arn: 'kmsKeyArn',
  backup_schedule: 'schedule',
};
/** Variables of the module for the network of private databases: parts of `sourceAccount.network` here. */
const MODULE_NETWORK: Readonly<Record<string, string>> = {
  vpc_id: 'vpcId',
  subnet_ids: 'subnetIds',
  security_group_ids: 'securityGroupIds',
};
const MODULE_KEYS = new Map(Object.entries(MODULE_NAMES).map(([theirs, ours]) => [ours, theirs]));

/** @param parsed the file's variables, as JSON */
export function convertTfvars(file: string, parsed: unknown): SourceDocument {
  const names = new Map<string, Path>();
  const problems: Problem[] = [];
  const warnings: string[] = [];

  const convert = (value: unknown, at: Path, from: Path): unknown => {
    if (!names.has(JSON.stringify(at))) names.set(JSON.stringify(at), from);
    if (Array.isArray(value)) return value.map((item, index) => convert(item, [...at, index], [...from, index]));
    if (typeof value === 'string') return convertText(value, at);
    if (typeof value !== 'object' || value === null) return value ?? undefined;
    const known = knownKeysAt(configSchema, at);
    const result: Record<string, unknown> = {};
    for (const [theirs, item] of Object.entries(at.length === 0 ? withNetwork(value, names) : value)) {
      const ours = known ? optionOf(theirs, known) : theirs;
      if (ours === undefined && isForeign(theirs, known ?? [])) {
        warnings.push(`${file}: ${[...from, theirs].join('.')} is not an option of Holdfast and is ignored.`);
        continue;
      }
      const key = ours ?? theirs;
      const path = [...at, key];
      if (Object.hasOwn(result, key)) {
        problems.push({ path, message: `${theirs} sets the same option again. Remove one of the two.` });
        continue;
      }
      result[key] = convert(theirs === 'target_bucket' ? bucketUrl(item) : item, path, [...from, theirs]);
    }
    return isDatabase(at) ? withSplitEndpoint(result) : result;
  };

  const convertText = (text: string, at: Path): unknown => {
    if (/(?<!\$)\$\{|(?<!%)%\{/.test(text)) {
      problems.push({
        path: at,
        message: 'a variable file holds values only. Write the value instead of the expression.',
      });
    }
    const plain = text.replace(/\$\$\{/g, '${').replace(/%%\{/g, '%{');
    // Terraform converts between strings and other scalars by itself, so its users write either.
    const wanted = schemaAt(configSchema, at);
    if (wanted instanceof z.ZodNumber && /^\d+$/.test(plain)) return Number(plain);
    if (wanted instanceof z.ZodBoolean && /^(true|false)$/.test(plain)) return plain === 'true';
    return plain;
  };

  const value = convert(parsed, [], []);
  return {
    value,
    spelling: { nameOf: (at) => originOf(names, at), keyOf: spell, lineOf: () => undefined },
    problems,
    warnings,
  };
}

/** The network's variables where the config has them. An empty one is a module's way to say that there is none. */
function withNetwork(variables: object, names: Map<string, Path>): Record<string, unknown> {
  const rest: Record<string, unknown> = { ...variables };
  const network: Record<string, unknown> = {};
  for (const [theirs, ours] of Object.entries(MODULE_NETWORK)) {
    const value = rest[theirs];
    delete rest[theirs];
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    network[ours] = value;
    names.set(JSON.stringify(['sourceAccount', 'network', ours]), [theirs]);
  }
  if (Object.keys(network).length === 0) return rest;
  const section = isObject(rest['source_account']) ? rest['source_account'] : {};
  const own = isObject(section['network']) ? section['network'] : {};
  return { ...rest, source_account: { ...section, network: { ...network, ...own } } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function optionOf(theirs: string, known: readonly string[]): string | undefined {
  const ours = MODULE_NAMES[theirs] ?? theirs.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return known.includes(ours) ? ours : undefined;
}

function spell(key: string): string {
  return MODULE_KEYS.get(key) ?? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A variable of another module. One that looks like a misspelled option is not one: it would be silently ignored. */
function isForeign(theirs: string, known: readonly string[]): boolean {
  return (
    !isPasswordKey(theirs) && nearest(theirs, known.map(spell)) === undefined && nearest(theirs, known) === undefined
  );
}

function bucketUrl(bucket: unknown): unknown {
  return typeof bucket === 'string' && !bucket.includes('://') ? s3VaultUrl({ bucket, prefix: '' }) : bucket;
}

function isDatabase(at: Path): boolean {
  return at.at(-2) === 'databases' && typeof at.at(-1) === 'number';
}

/** Terraform's `aws_db_instance.endpoint` is `host:port`. */
function withSplitEndpoint(entry: Record<string, unknown>): Record<string, unknown> {
  const match = typeof entry['host'] === 'string' ? /^([^:/]+):(\d+)$/.exec(entry['host']) : null;
  return match && entry['port'] === undefined ? { ...entry, host: match[1], port: Number(match[2]) } : entry;
}

/** The file's own path of a value: the longest part that is known, and the rest as it is. */
function originOf(names: ReadonlyMap<string, Path>, at: Path): Path {
  for (let length = at.length; length > 0; length--) {
    const from = names.get(JSON.stringify(at.slice(0, length)));
    if (from) return [...from, ...at.slice(length)];
  }
  return at;
}
