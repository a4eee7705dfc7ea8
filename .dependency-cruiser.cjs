/** Which folder may import which: see docs/architecture.md. Each rule says why it is there. */
const layer = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: '^src/', pathNot: [from, ...allowed].map((folder) => `^src/${folder}/`) },
});

/** The steps of src/backup, from the bottom. Above them are the operations, each in its folder. */
const STEPS = ['operation', 'stored', 'storing', 'load', 'copy', 'foreign'];
const step = (from, allowed) => ({
  name: `backup-is-a-stair-${from}`,
  comment: 'A step imports those below it, an operation no other one: what two need has a place of its own below both.',
  severity: 'error',
  from: { path: `^src/backup/${from}/` },
  to: { path: '^src/backup/', pathNot: allowed.map((folder) => `^src/backup/${folder}/`) },
});

module.exports = {
  forbidden: [
    layer('core-is-a-leaf', 'core is used everywhere, so it may depend on nothing of ours.', 'core', []),
    layer(
      'syntax-is-words',
      'A small language is read alike by all who take it: the config, the command line, a worker, the audit.',
      'syntax',
      ['core'],
    ),
    layer('config-knows-no-work', 'The config describes the work; it must load without any of it.', 'config', [
      'core',
      'syntax',
    ]),
    layer(
      'vault-knows-no-postgres',
      'A store keeps bytes and formats; where they come from is not its business.',
      'vault',
      ['core', 'syntax'],
    ),
    layer(
      'postgres-knows-no-vault',
      'Server access is usable without a vault (preflight, throwaway servers). It reads the SQL of globals by the scanner of dumps.',
      'postgres',
      ['core', 'syntax', 'dump'],
    ),
    layer('dump-is-pure', 'Parser, fingerprints and compression work on any byte stream.', 'dump', ['core', 'syntax']),
    layer(
      'backup-orchestrates',
      'backup, rotation and audit never import each other: they are separate products.',
      'backup',
      ['core', 'syntax', 'config', 'vault', 'postgres', 'dump'],
    ),
    ...STEPS.map((from, at) => step(from, STEPS.slice(0, at + 1))),
    {
      ...step(`(?!(?:${STEPS.join('|')})/)([^/]+)`, [...STEPS, '$1']),
      name: 'backup-is-a-stair-operations',
    },
    {
      name: 'backup-has-doors',
      comment:
        'Others ask an operation, or what is stored. How a dump gets into a server stays inside, since a restore is safe only as a whole.',
      severity: 'error',
      from: { path: '^src/(?!backup/)' },
      to: {
        path: '^src/backup/(load/|copy/(?!compare-(entries|database))|restore/selection/(?!selection\\.ts)|restore/rights/(?!skip-kinds\\.ts))',
      },
    },
    layer(
      'policies-are-plain-json',
      'Policies are printed for people who set accounts up by hand, and audited: neither takes the CDK.',
      'policies',
      ['core', 'syntax', 'config', 'vault'],
    ),
    layer(
      'rotation-stands-alone',
      'backup, rotation and audit never import each other; a rotation function is small because it has nothing of them.',
      'rotation',
      ['core', 'syntax', 'config', 'postgres'],
    ),
    layer(
      'audit-stands-alone',
      'backup, rotation and audit never import each other; what the audit knows of backups is handed to it as facts.',
      'audit',
      ['core', 'syntax', 'config', 'vault', 'policies'],
    ),
    {
      name: 'constructs-take-the-static-audit',
      comment:
        'A synthesis reads no account and writes no report: it takes controls, facts from templates and findings.',
      severity: 'error',
      from: { path: '^src/constructs/' },
      to: {
        path: '^src/audit/(live/|[^/]+/live|read-live-facts|redis/probe|evidence/|baseline/|report/(render-|html/|document))',
      },
    },
    {
      name: 'only-cli-imports-constructs',
      comment:
        'The CDK takes a second to load and does not ship with the worker: what else needs a name or a policy finds it in policies.',
      severity: 'error',
      from: { path: '^src/(?!constructs/|cli/)' },
      to: { path: '^src/constructs/' },
    },
    {
      name: 'nothing-imports-the-shells',
      comment: 'cli and runtime are entry points: what others need of them belongs in a lower folder.',
      severity: 'error',
      from: { path: '^src/(?!cli/|runtime/)' },
      to: { path: '^src/(cli|runtime)/' },
    },
    {
      name: 'constructs-one-way',
      comment: 'backup may use data-layer, data-layer may use rotation, and all of them shared: never the other way.',
      severity: 'error',
      from: { path: '^src/constructs/(shared|rotation|data-layer)/' },
      to: {
        path: '^src/constructs/',
        pathNot: ['^src/constructs/shared/', '^src/constructs/$1/', '^src/constructs/rotation/'],
      },
    },
    {
      name: 'constructs-shared-is-the-lowest',
      comment: 'What all constructs have in common knows none of them.',
      severity: 'error',
      from: { path: '^src/constructs/shared/' },
      to: { path: '^src/constructs/', pathNot: '^src/constructs/shared/' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle is two files that are really one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-cycles-of-folders',
      comment: 'Two folders that import each other are one, or hide a third.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-dev-dependencies-in-src',
      comment:
        'What ships may need only what is installed with it; what an app brings (the CDK) is for our own use a development dependency too.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm-peer'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
