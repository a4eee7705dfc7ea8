import { readConnectionUrl } from './connection-url.js';
import type { DatabaseInput, DefaultsInput } from './schema.js';
import { DATA_LAYER_EXCLUDES } from './sections/data-layer-database.js';
import { withoutUndefined } from '../core/without-undefined.js';

/** Ways to log in: an entry that chooses one drops the one in `defaults`. */
export const LOGIN_KEYS = ['secretArn', 'iam', 'passfile'] as const;
/** What a URL can also say. */
export const URL_KEYS = ['host', 'port', 'user', 'dbName', 'sslmode', 'sslrootcert', 'passfile'] as const;

/** An entry over `defaults`. What the entry or its URL says wins; an option that excludes a default drops it. */
export function mergeEntry(defaults: DefaultsInput, entry: DatabaseInput): DatabaseInput {
  const own = withoutUndefined(entry);
  const base: DatabaseInput = { ...withoutUndefined(defaults) };
  if (own.compression !== undefined && own.compressionLevel === undefined) delete base.compressionLevel;
  if (LOGIN_KEYS.some((key) => own[key] !== undefined && own[key] !== false))
    for (const key of LOGIN_KEYS) delete base[key];
  if (own.dataLayer) for (const key of DATA_LAYER_EXCLUDES) if (key in base) delete base[key as keyof DefaultsInput];
  if (typeof own.url === 'string') {
    const parts = readConnectionUrl(own.url);
    delete base.host;
    delete base.port;
    for (const key of URL_KEYS) if (parts?.[key] !== undefined) delete base[key];
    if (parts?.passfile !== undefined) for (const key of LOGIN_KEYS) delete base[key];
  }
  return { ...base, ...own };
}
