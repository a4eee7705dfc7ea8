/** Compares what a selective restore created with what was chosen, ignoring everything else in the target. */
import type { Entry } from '../../../dump/entry.js';
import { eachToken } from '../../../syntax/sql/tokens.js';
import { quoteIdentifier, unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { BackupContext } from '../../operation/context.js';
import { compareEntries, identityInCopy, type CompareOptions, type Comparison } from '../../copy/compare-entries.js';
import { readCopy, type CompareRequest } from '../../copy/compare-database.js';

/**
 * @param request with the entries that the selection should yield
 * @throws HoldfastError as for {@link readCopy}
 */
export async function checkSelection(
  request: CompareRequest,
  context: BackupContext,
  options: CompareOptions & { readonly all: boolean },
): Promise<Comparison> {
  const { stored, expected } = request;
  const own = [...new Set(expected.flatMap(({ schema, type, name }) => schema ?? (type === 'SCHEMA' ? name : [])))];
  // In quotes, a name is not a pattern.
  const schemas = options.all ? stored.manifest.selection.schemas : own.map(quoteIdentifier);
  const actual = await readCopy(request, context, { schemas });
  const wanted = new Set(expected.map(identityInCopy));
  const belongs = attachedTo(expected, actual);
  return compareEntries(
    expected,
    actual.filter((entry) => wanted.has(identityInCopy(entry)) || belongs(entry)),
    options,
  );
}

/** What is attached to an object and changes who may do what with it: grants, policies, rules, triggers. */
const ON_TABLE: ReadonlySet<string> = new Set(['POLICY', 'RULE', 'TRIGGER']);

/**
 * Recognizes what the target has added to the restored objects: pg_dump names it after them (`TABLE salaries`,
 * `COLUMN salaries.amount`, `salaries policy`).
 */
function attachedTo(expected: readonly Entry[], actual: readonly Entry[]): (entry: Entry) => boolean {
  const restored = new Set(
    expected.flatMap(({ kind, type, schema, name }) =>
      kind === 'schema' && type !== 'ACL' && !type.endsWith(' DATA') ? [`${schema ?? ''}\0${name}`] : [],
    ),
  );
  const isRestored = (schema: string | null, name: string) =>
    restored.has(`${schema ?? ''}\0${name}`) || restored.has(`${schema ?? ''}\0${withoutQuotes(name)}`);
  const relations = new Map<string, string[]>();
  for (const { type, schema, name } of actual) {
    if (!/^(?:FOREIGN )?TABLE$|VIEW$/.test(type)) continue;
    relations.set(schema ?? '', [...(relations.get(schema ?? '') ?? []), name]);
  }
  return ({ type, schema, name }) => {
    if (type === 'ACL') {
      const [, kind, object = ''] = /^(\S+) (.*)$/s.exec(name) ?? [];
      if (kind === 'COLUMN') {
        const [table = ''] = /^(?:"(?:[^"]|"")*"|[^.]+)(?=\.)/.exec(object) ?? [];
        return isRestored(schema, table);
      }
      return isRestored(schema, object);
    }
    if (!ON_TABLE.has(type)) return false;
    // A table's name may itself hold a space: the longest match is the one that is meant.
    const tables = (relations.get(schema ?? '') ?? []).filter((table) => name.startsWith(`${table} `));
    const longest = tables.sort((a, b) => b.length - a.length)[0];
    return longest !== undefined && isRestored(schema, longest);
  };
}

/** `"f (1)"(a integer)` → `f (1)(a integer)`: the tag of a grant quotes the name, and that of the object does not. */
function withoutQuotes(tag: string): string {
  if (!tag.startsWith('"')) return tag;
  let end = 0;
  eachToken(tag, (start, stop) => {
    if (start === 0) end = stop;
  });
  return unquoteIdentifier(tag.slice(0, end)) + tag.slice(end);
}
