/** Roles and database settings as one major writes them, compared with how another does: by what they say. */
import type { DatabaseCreation, Membership, ParsedGlobals } from '../../../postgres/parsed-globals.js';
import { unquoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { sqlTokens } from '../../../syntax/sql/tokens.js';

/**
 * The same globals in words that all majors share: for {@link compareGlobals}.
 *
 * @param grantors whether they say who has granted memberships
 */
export function inCommonWords(globals: ParsedGlobals, { grantors }: { readonly grantors: boolean }): ParsedGlobals {
  const heirless = new Set(
    globals.roles.filter(({ attributes }) => attributes.includes('NOINHERIT')).map(({ role }) => role),
  );
  const { creation, database, memberships } = globals;
  return {
    ...globals,
    memberships: memberships.map((one) => ({ ...one, text: describeMembership(one, heirless, grantors) })),
    database: database.map((one) =>
      one.creates && creation ? { ...one, text: `CREATE DATABASE: ${describeCreation(creation)}` } : one,
    ),
  };
}

/** Since 16, a membership has its own options; before, whether it is inherited is up to the member. */
function describeMembership(
  { text, role, member }: Membership,
  heirless: ReadonlySet<string>,
  grantors: boolean,
): string {
  const tokens = sqlTokens(text);
  const option = (name: string) => {
    const at = tokens.lastIndexOf(name);
    return at < 0 ? undefined : tokens[at + 1];
  };
  const by = tokens.lastIndexOf('GRANTED');
  const said = [
    ...(tokens.includes('ADMIN') ? ['with admin option'] : []),
    (option('INHERIT') ?? (heirless.has(member) ? 'FALSE' : 'TRUE')) === 'TRUE' ? 'inherited' : 'not inherited',
    ...(option('SET') === 'FALSE' ? ['without SET ROLE'] : []),
    ...(grantors && by >= 0 ? [`granted by ${unquoteIdentifier(tokens[by + 2] ?? '')}`] : []),
  ];
  return `${JSON.stringify(member)} is a member of ${JSON.stringify(role)}: ${said.join(', ')}`;
}

/** LOCALE stands for both of the locales that it is not followed by; without a provider it is libc's. */
function describeCreation({ options }: DatabaseCreation): string {
  const tokens = sqlTokens(options);
  const value = (name: string) => {
    const at = tokens.findIndex((token, index) => token === name && tokens[index + 1] === '=');
    return at < 0 ? undefined : tokens[at + 2];
  };
  const locale = value('LOCALE');
  return [
    ['encoding', value('ENCODING')],
    ['provider', value('LOCALE_PROVIDER') ?? 'libc'],
    ['collate', value('LC_COLLATE') ?? locale],
    ['ctype', value('LC_CTYPE') ?? locale],
    ['locale', value('ICU_LOCALE') ?? value('BUILTIN_LOCALE')],
    ['rules', value('ICU_RULES')],
  ]
    .flatMap(([name, said]) => (said === undefined ? [] : [`${name} ${said}`]))
    .join(', ');
}
