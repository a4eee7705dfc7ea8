/** The outline of a new config: of nothing, or of the settings of another file. */
import { DEFAULT_SCHEDULE } from '../../config/defaults.js';
import { accountOfArn } from '../../syntax/arn.js';
import { parseVaultUrl } from '../../syntax/vault-url.js';
import type { Outline, OutlineGroup, OutlineOption } from './config-outline.js';
import { optionComment, optionOrder } from './option-comments.js';

type Settings = Readonly<Record<string, unknown>>;

/** What is shown, commented out, where the settings do not say it: path of the group, key, an example. */
const SUGGESTIONS: readonly (readonly [group: string, key: string, example: Outline])[] = [
  ['', 'kmsKeyArn', 'arn:aws:kms:us-east-1:<BACKUP_ACCOUNT_ID>:key/<KEY_ID>'],
  ['', 'schedule', DEFAULT_SCHEDULE],
  ['', 'concurrency', 2],
  ['', 'defaults', { options: [{ key: 'maxDuration', value: '4h' }] }],
  ['databases.0', 'schedule', 'cron(0 * * * ? *)'],
  ['databases.0', 'excludeTableData', ['audit.*']],
];

/** The sections that stacks are made of; without them nothing is deployed. */
const ACCOUNTS: readonly (readonly [key: string, placeholder: string])[] = [
  ['backupAccount', '<BACKUP_ACCOUNT_ID>'],
  ['sourceAccount', '<SOURCE_ACCOUNT_ID>'],
];

/** The values of a config nobody has filled in yet: each placeholder says what belongs there. */
const EMPTY: Settings = {
  environment: 'prod',
  region: 'us-east-1',
  vault: 's3://rds-backup-layer2-prod',
  databases: [
    {
      host: '<DATABASE_HOST>',
      dbName: 'appdb',
      secretArn: 'arn:aws:secretsmanager:us-east-1:<SOURCE_ACCOUNT_ID>:secret:appdb',
      sslmode: 'verify-full',
      sslrootcert: 'global-bundle.pem',
    },
  ],
};

/** @param settings of another file, in the schema's spelling; `undefined` for a config to fill in */
export function outlineOf(settings: Settings | undefined): OutlineGroup {
  const { options } = groupOf(withAccounts(settings ?? EMPTY), []);
  const accounts = ACCOUNTS.filter(([key]) => (settings ?? {})[key] === undefined).map(([key, placeholder]) => ({
    key,
    comment: optionComment([key]),
    value: { options: accountOptions(key, settings ?? EMPTY, placeholder) },
  }));
  return { options: inOrder([...options, ...accounts], []) };
}

/** A section that says something else of an account needs its number too. */
function withAccounts(settings: Settings): Settings {
  const sections = ACCOUNTS.flatMap(([key, placeholder]) => {
    const section = settings[key] as Settings | undefined;
    if (section === undefined || section['account'] !== undefined) return [];
    return [[key, { account: numberOf(key, settings) ?? placeholder, ...section }] as const];
  });
  return { ...settings, ...Object.fromEntries(sections) };
}

/** The account's number is in the ARNs of the settings where they are complete. */
function accountOptions(section: string, settings: Settings, placeholder: string): OutlineOption[] {
  const known = numberOf(section, settings);
  return [
    ...(section === 'backupAccount' ? existing(settings) : []),
    { key: 'account', value: known ?? placeholder, comment: optionComment([section, 'account']) },
    {
      key: 'profile',
      value: section === 'backupAccount' ? 'backup' : 'prod',
      disabled: true,
      comment: optionComment([section, 'profile']),
    },
  ];
}

/** Bucket and key that another config writes to are there: a stack that made its own would have its jobs refused. */
function existing({ vault, kmsKeyArn }: Settings): OutlineOption[] {
  if (typeof kmsKeyArn !== 'string') return [];
  const location = typeof vault === 'string' ? parseVaultUrl(vault) : undefined;
  const option = (key: string, value: string) => ({ key, value, comment: optionComment(['backupAccount', key]) });
  return [
    ...(location?.kind === 's3' ? [option('existingBucket', location.bucket)] : []),
    option('existingKeyArn', kmsKeyArn),
  ];
}

function numberOf(section: string, settings: Settings): string | undefined {
  return accountOf(section === 'backupAccount' ? settings['kmsKeyArn'] : firstSecret(settings));
}

function accountOf(arn: unknown): string | undefined {
  return typeof arn === 'string' ? accountOfArn(arn) : undefined;
}

function firstSecret({ databases }: Settings): unknown {
  return Array.isArray(databases) ? (databases as Settings[])[0]?.['secretArn'] : undefined;
}

function groupOf(value: Settings, path: readonly (string | number)[]): OutlineGroup {
  const at = path.join('.');
  const own = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => ({ key, value: outline(item, [...path, key]), comment: commentAt([...path, key]) }));
  const suggested = SUGGESTIONS.filter(([group, key]) => group === at && value[key] === undefined).map(
    ([, key, example]) => ({ key, value: example, comment: commentAt([...path, key]), disabled: true }),
  );
  return { options: inOrder([...own, ...suggested], path) };
}

/** In the order of the reference; what it does not name, such as environments, stays in order at the end. */
function inOrder(options: readonly OutlineOption[], path: readonly (string | number)[]): OutlineOption[] {
  const order = optionOrder(path);
  const rank = ({ key }: OutlineOption) => (order.includes(key) ? order.indexOf(key) : order.length);
  return [...options].sort((a, b) => rank(a) - rank(b));
}

/** Said once: the entries of a list repeat their options. */
function commentAt(path: readonly (string | number)[]): string | undefined {
  return path.some((key) => typeof key === 'number' && key > 0) ? undefined : optionComment(path);
}

function outline(value: unknown, path: readonly (string | number)[]): Outline {
  if (Array.isArray(value)) return value.map((item, index) => outline(item, [...path, index]));
  if (typeof value === 'object' && value !== null) return groupOf(value as Settings, path);
  return value as string | number | boolean;
}
