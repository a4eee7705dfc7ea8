/** The kinds of objects that a restore can be asked to leave out: a closed list, `--skip`. */
import type { EntryHeader } from '../../../dump/entry-header.js';

interface SkipKind {
  /** The types of entries that make or fill such objects. */
  readonly types: readonly string[];
  /** How the tags of comments, grants and security labels on them begin. */
  readonly tags: readonly string[];
  readonly words: string;
}

/** By the name that `--skip` takes. */
export const SKIP_KINDS = {
  'event-triggers': { types: ['EVENT TRIGGER'], tags: ['EVENT TRIGGER'], words: 'event triggers' },
  publications: {
    types: ['PUBLICATION', 'PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA'],
    tags: ['PUBLICATION'],
    words: 'publications, and which tables are in them',
  },
  subscriptions: { types: ['SUBSCRIPTION', 'SUBSCRIPTION TABLE'], tags: ['SUBSCRIPTION'], words: 'subscriptions' },
  extensions: { types: ['EXTENSION'], tags: ['EXTENSION'], words: 'CREATE EXTENSION; the target may have them' },
  comments: { types: ['COMMENT'], tags: [], words: 'comments' },
  'security-labels': { types: ['SECURITY LABEL'], tags: [], words: 'security labels' },
  casts: { types: ['CAST'], tags: ['CAST'], words: 'casts' },
  transforms: { types: ['TRANSFORM'], tags: ['TRANSFORM'], words: 'transforms' },
  languages: {
    types: ['PROCEDURAL LANGUAGE'],
    tags: ['PROCEDURAL LANGUAGE', 'LANGUAGE'],
    words: 'procedural languages that no extension brings',
  },
  'operator-classes': {
    types: ['OPERATOR CLASS', 'OPERATOR FAMILY'],
    tags: ['OPERATOR CLASS', 'OPERATOR FAMILY'],
    words: 'operator classes and families',
  },
  'foreign-data': {
    types: ['FOREIGN DATA WRAPPER', 'SERVER', 'USER MAPPING', 'FOREIGN TABLE'],
    tags: ['FOREIGN DATA WRAPPER', 'SERVER', 'FOREIGN SERVER', 'FOREIGN TABLE'],
    words: 'foreign data wrappers, their servers, user mappings and foreign tables',
  },
  /** Known by what a dump makes: `left-out.ts`. */
  'system-privileges': { types: [], tags: [], words: 'grants on objects of PostgreSQL and of extensions' },
  'user-mappings': { types: ['USER MAPPING'], tags: [], words: 'user mappings' },
} as const satisfies Readonly<Record<string, SkipKind>>;

export type SkipKindName = keyof typeof SKIP_KINDS;

export const SKIP_KIND_NAMES = Object.keys(SKIP_KINDS) as SkipKindName[];

/** Types of entries that are about an object which their tag names with its kind: `EXTENSION hstore`. */
const TAGGED: ReadonlySet<string> = new Set(['COMMENT', 'ACL', 'SECURITY LABEL']);

/** The first of the kinds that an entry belongs to, by its own type or by what it is about. */
export function kindOf(
  { type, name }: Pick<EntryHeader, 'type' | 'name'>,
  kinds: readonly SkipKindName[],
): SkipKindName | undefined {
  return kinds.find((kind) => {
    const { types, tags }: SkipKind = SKIP_KINDS[kind];
    return types.includes(type) || (TAGGED.has(type) && tags.some((tag) => name.startsWith(`${tag} `)));
  });
}
