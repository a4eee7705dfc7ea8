/**
 * Who writes where, and what binds a role to its database's prefix.
 *
 * Up to a limit, the policies of bucket and key name each role with its prefix. Beyond it they would be larger than AWS
 * allows, and where the databases of an account are not known there are no names: then the role's tag says the
 * database, and one statement for all roles requires that the role's name and the keys of its objects both contain that
 * tag's value. Changing the tag without the name gives a role that writes nowhere.
 */
import { HoldfastError } from '../core/errors.js';
import { databasePrefix, vaultPrefix } from '../vault/keys.js';
import { DATABASE_TAG, ENVIRONMENT_TAG, writerRoleName, writerRoleNames } from './names.js';
import type { Condition } from './policy-document.js';
import type { Writer } from './writer.js';

/** An account whose roles write into the vault. */
export interface WritingSource {
  readonly account: string;
  /** Before `layer2/`, without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** In the names of its roles. */
  readonly environment: string;
  /** Absent: not known. */
  readonly databases?: readonly string[];
  readonly sharedRole: boolean;
}

/** How many roles of a vault are named in the policies of bucket and key: well within 20,480 and 32,768 bytes. */
const MOST_NAMED_ROLES = 30;

/** @throws HoldfastError CONFIG_INVALID when two accounts would write under the same prefix */
export function planWriters(sources: readonly WritingSource[], partition: string): Writer[] {
  refuseSharedPrefixes(sources);
  const roles = sources.flatMap(({ sharedRole, databases = [] }) => (sharedRole ? [] : databases)).length;
  return sources.flatMap((source, index): Writer[] => {
    const { account, environment, databases, sharedRole } = source;
    const writer = (id: string, role: string, keyPrefixes: readonly string[]) => ({
      id: `Account${index + 1}${id}`,
      account,
      roleArn: `arn:${partition}:iam::${account}:role/${role}`,
      keyPrefixes,
    });
    const named = databases && (roles <= MOST_NAMED_ROLES || sharedRole) ? databases : undefined;
    const keyPrefixes = named?.map((database) => keyPrefixOf(source, database));
    if (sharedRole) {
      const few = keyPrefixes && keyPrefixes.length <= MOST_NAMED_ROLES ? keyPrefixes : [rootOf(source)];
      return [{ ...writer('Shared', writerRoleName(environment), few), shared: true }];
    }
    if (named) {
      return named.map((database, place) =>
        writer(`Database${place + 1}`, writerRoleName(environment, database), [keyPrefixOf(source, database)]),
      );
    }
    const { prefix, room, shortened } = writerRoleNames(environment);
    const tagged = [`${rootOf(source)}${TAGGED_DATABASE}/`];
    const some = (isSo: (length: number) => boolean) => databases?.some(({ length }) => isSo(length)) ?? true;
    return [
      ...(some((length) => length <= room)
        ? [{ ...writer('Tagged', `${prefix}${TAGGED_DATABASE}`, tagged), tags: TAGGED }]
        : []),
      ...(some((length) => length > room)
        ? [{ ...writer('TaggedLong', shortened, tagged), tags: taggedLong(environment, room) }]
        : []),
    ];
  });
}

const TAG_KEY = `aws:PrincipalTag/${DATABASE_TAG}`;

/** Replaced by IAM with the tag's value; a statement with it matches no role that does not have the tag. */
const TAGGED_DATABASE = `\${${TAG_KEY}}`;

/**
 * Not empty, which would be a prefix of its own; and no slash, which would lead below another database's by a role's
 * path.
 */
const TAGGED: Condition = { StringLike: { [TAG_KEY]: '?*' }, StringNotLike: { [TAG_KEY]: '*/*' } };

/**
 * A name that is too long for a role is shortened in the role's name, so the tags alone say which database it is. The
 * condition holds for roles of this environment only, and only for names of that length.
 *
 * @param room the maximum length of a name that is not shortened
 */
function taggedLong(environment: string, room: number): Condition {
  return {
    ...TAGGED,
    StringEquals: { [`aws:PrincipalTag/${ENVIRONMENT_TAG}`]: environment },
    StringLike: { [TAG_KEY]: `${'?'.repeat(room + 1)}*` },
  };
}

/** What the keys of a database's objects in the bucket begin with, slash included: `layer2/appdb/`. */
export function keyPrefixOf({ prefix }: Pick<WritingSource, 'prefix'>, database: string): string {
  return beforeLayer(prefix) + databasePrefix(database);
}

function rootOf({ prefix }: Pick<WritingSource, 'prefix'>): string {
  return beforeLayer(prefix) + vaultPrefix();
}

function beforeLayer(prefix: string): string {
  return prefix === '' ? '' : `${prefix}/`;
}

/** One account's keys must never lie below another's. */
function refuseSharedPrefixes(sources: readonly WritingSource[]): void {
  for (const [index, one] of sources.entries()) {
    const other = sources
      .slice(index + 1)
      .find((source) => source.account !== one.account && overlap(rootOf(source), rootOf(one)));
    if (other === undefined) continue;
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Accounts ${one.account} and ${other.account} would write under the same prefix of the vault: ${rootOf(one)} and ${rootOf(other)}.`,
      { hint: 'Give each of backupAccount.sources a prefix of its own.' },
    );
  }
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
