/** What a bad verdict says, in a sentence. */
import { printableLine } from '../../core/printable.js';
import type { Proof } from '../../vault/formats/proof.js';

/** How many differences a sentence names. */
const NAMED = 3;

/** The entries that are about another one are called by its kind and name: `ACL TABLE shop.orders`. */
const ABOUT_ANOTHER: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);

/** `TABLE DATA shop.orders: rows differ in content (900 rows in both)`. */
export function describeDifference({ type, schema, name, reason }: Proof['differences'][number]): string {
  return `${type} ${qualified(type, schema, name)}: ${reason}`;
}

function qualified(type: string, schema: string | null, name: string): string {
  if (schema === null) return name;
  const [kind = ''] = (ABOUT_ANOTHER.has(type) && /^(?:[A-Z]+ )+/.exec(name)) || [];
  return `${kind}${schema}.${name.slice(kind.length)}`;
}

/** Ends with the command that shows all of it. */
export function describeBad({
  key,
  verdict,
  differences,
  across,
}: Pick<Proof, 'key' | 'verdict' | 'differences' | 'across'>): string {
  const copy = across ? `its copy in PostgreSQL ${across.serverMajor}` : 'its restored copy';
  const what = verdict === 'unreadable' ? 'its verification could not read what is stored' : `${copy} differed from it`;
  const named = differences.slice(0, NAMED).map((one) => printableLine(describeDifference(one).replace(/\.$/, '')));
  const more = differences.length > NAMED ? [`and ${differences.length - NAMED} more`] : [];
  const which = named.length === 0 ? '' : ` (${[...named, ...more].join('; ')})`;
  return `The backup ${key} is ${verdict === 'unreadable' ? 'damaged' : 'not proven'}: ${what}${which}. \`holdfast show ${key}\` shows all.`;
}
