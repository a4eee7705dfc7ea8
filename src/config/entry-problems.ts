/**
 * What is wrong with an entry of `databases` as a whole: options that exclude, need or repeat each other.
 * Works on what the file says, whether or not the schema found fault with it, so that all problems show at once.
 */
import { COMPRESSIONS, levelProblem } from '../syntax/compression.js';
import { parseVaultUrl, vaultUrlProblem } from '../syntax/vault-url.js';
import { readConnectionUrl } from './connection-url.js';
import { asGroup, type Variant } from './environments.js';
import { LOGIN_KEYS, mergeEntry, URL_KEYS } from './merge-entry.js';
import { nameProblem } from './name.js';
import { isPlaceholder } from './placeholders.js';
import { describePath, type Path, type Problem, type Spelling } from './problems.js';
import { received } from './schema-problems.js';
import { DATA_LAYER_EXCLUDES } from './sections/data-layer-database.js';

/** The problems of all entries of one environment, and of its `defaults`. */
export function entryProblems(variant: Variant, spelling: Spelling): Problem[] {
  const { databases, defaults } = variant.settings;
  const list: unknown[] = Array.isArray(databases) ? databases : [];
  const problems = oneLogin(asGroup(defaults), variant.pathOf('defaults'), spelling);
  for (const [index, entry] of list.entries()) {
    const path = [...variant.pathOf('databases'), index];
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) continue;
    problems.push(...problemsOfEntry(asGroup(entry), asGroup(defaults), path, variant, spelling));
  }
  return problems;
}

function problemsOfEntry(
  own: Record<string, unknown>,
  defaults: Record<string, unknown>,
  path: Path,
  variant: Variant,
  spelling: Spelling,
): Problem[] {
  const merged: Record<string, unknown> = mergeEntry(defaults, own);
  const url = typeof own['url'] === 'string' ? readConnectionUrl(own['url']) : undefined;
  const say = spelling.keyOf;
  const problems = oneLogin(own, path, spelling);

  for (const key of URL_KEYS) {
    const doubled =
      own['url'] !== undefined && own[key] !== undefined && (key === 'host' || key === 'port' || url?.[key]);
    if (doubled) problems.push({ path: [...path, key], message: `url already sets this. Remove one of the two.` });
  }
  if (own['dataLayer'] === true) problems.push(...dataLayerProblems(own, path, variant, spelling));
  else if (merged['host'] === undefined && own['url'] === undefined && merged['secretArn'] === undefined) {
    problems.push({ path, message: `no server is given. Add ${say('host')}, or ${say('url')}.` });
  }
  if (merged['iam'] === true && merged['user'] === undefined && url?.user === undefined) {
    problems.push({ path, message: `${say('iam')} needs a role to log in as. Add ${say('user')}.` });
  }
  problems.push(...nameProblems(own, url?.dbName, path, spelling), ...levelProblems(merged, path));
  return problems;
}

/** An entry that leaves server and login to the data layer. */
function dataLayerProblems(
  own: Record<string, unknown>,
  path: Path,
  { settings }: Variant,
  { keyOf }: Spelling,
): Problem[] {
  const given = DATA_LAYER_EXCLUDES.filter((key) => own[key] !== undefined && own[key] !== false);
  const problems = given.map((key) => ({
    path: [...path, key],
    message: `the data layer's own secret already sets this. Remove it, or ${keyOf('dataLayer')}.`,
  }));
  const layer = asGroup(settings['dataLayer']);
  if (settings['dataLayer'] === undefined) {
    problems.push({ path: [...path, 'dataLayer'], message: 'the config has no section dataLayer. Add it, or host.' });
  } else if (Array.isArray(layer['parts']) && !layer['parts'].includes('aurora')) {
    problems.push({ path: [...path, 'dataLayer'], message: 'dataLayer.parts has no aurora, so there is no cluster.' });
  }
  const account = layer['account'] ?? asGroup(settings['sourceAccount'])['account'];
  if (account === undefined || settings['region'] === undefined) {
    const advice = 'Add region, and account to dataLayer or sourceAccount.';
    problems.push({ path: [...path, 'dataLayer'], message: `the ARN of its secret is not known. ${advice}` });
  }
  return problems;
}

function oneLogin(group: Record<string, unknown>, path: Path, { keyOf }: Spelling): Problem[] {
  const given = LOGIN_KEYS.filter((key) => group[key] !== undefined && group[key] !== false);
  if (given.length < 2) return [];
  return [{ path, message: `${given.map(keyOf).join(' and ')} exclude each other. Keep one.` }];
}

function nameProblems(
  own: Record<string, unknown>,
  urlDbName: string | undefined,
  path: Path,
  { keyOf }: Spelling,
): Problem[] {
  const dbName = own['dbName'] === undefined ? urlDbName : own['dbName'];
  if (own['discover'] !== undefined && own['discover'] !== false) return [];
  if (dbName === undefined) {
    const advice = `Add ${keyOf('dbName')}, or ${keyOf('discover')} to take all databases of the server.`;
    return [{ path, message: `no database is given. ${advice}` }];
  }
  if (own['name'] !== undefined || typeof dbName !== 'string' || dbName.trim() === '') return [];
  const at = own['dbName'] === undefined ? 'url' : 'dbName';
  if (isPlaceholder(dbName)) return [received([...path, at], own[at], 'Put the name of the database here.')];
  const wrong = nameProblem(dbName);
  if (wrong === undefined) return [];
  const advice = `The database's name cannot be used in object keys. Add ${keyOf('name')}. ${wrong}`;
  return [received([...path, at], own[at], advice)];
}

/** What is wrong with a level for the method beside it. */
export function levelProblems(merged: Record<string, unknown>, path: Path): Problem[] {
  const { compression = 'gzip', compressionLevel: level } = merged;
  const method = COMPRESSIONS.find((known) => known === compression);
  // What no method has is the schema's to report.
  if (typeof level !== 'number' || method === undefined || levelProblem(level) !== undefined) return [];
  const problem = levelProblem(level, method);
  return problem === undefined ? [] : [received([...path, 'compressionLevel'], level, problem)];
}

/** Databases of one vault that share a name would share their keys: refused, naming both entries. */
export function duplicateNames(variants: readonly Variant[], spelling: Spelling): Problem[] {
  const seen = new Map<string, Path>();
  const problems: Problem[] = [];
  for (const variant of variants) {
    const { databases, vault } = variant.settings;
    const list: unknown[] = Array.isArray(databases) ? databases : [];
    // Without a vault in the config, each environment gets its own from --vault.
    const place = typeof vault === 'string' ? normalizedVaultUrl(vault) : `environment ${variant.name ?? ''}`;
    for (const [index, item] of list.entries()) {
      const entry = asGroup(item);
      if (entry['discover'] !== undefined && entry['discover'] !== false) continue;
      const name = entry['name'] ?? entry['dbName'] ?? readConnectionUrl(String(entry['url']))?.dbName;
      if (typeof name !== 'string') continue;
      const path = [...variant.pathOf('databases'), index];
      const key = JSON.stringify([place, name]);
      const other = seen.get(key);
      if (other === undefined) seen.set(key, path);
      else problems.push({ path, message: duplicateMessage(name, path, other, variant, spelling) });
    }
  }
  return problems;
}

/** One text for all URLs of a vault: with and without a slash at its end. */
function normalizedVaultUrl(url: string): string {
  return vaultUrlProblem(url) === undefined ? JSON.stringify(parseVaultUrl(url)) : url;
}

function duplicateMessage(name: string, path: Path, other: Path, variant: Variant, spelling: Spelling): string {
  const where = describePath(other, spelling);
  if (describePath(path, spelling) === where) {
    const advice = 'Give each environment a vault of its own, or a prefix in it.';
    return `environment ${variant.name ?? ''} would store "${name}" in the same place as another environment. ${advice}`;
  }
  return `the name "${name}" is taken by ${where} in the same vault. Give one of them another ${spelling.keyOf('name')}.`;
}
