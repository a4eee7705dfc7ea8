/** docs/reference/controls.md: the catalog, and which controls answer which line of the runbook. */

/**
 * @param controls `CONTROLS`
 * @param lines `RUNBOOK_LINES`: each must have a control
 * @param sections `RUNBOOK_SECTIONS`
 * @param frameworks `FRAMEWORKS`
 * @throws when a line has no control, or a control refers to what the runbook or a framework does not have
 */
export function controlsPage(controls, lines, sections, frameworks) {
  const known = new Set([...lines, ...sections].map(({ id }) => id));
  const answering = new Map([...known].map((id) => [id, []]));
  for (const { id, references } of controls) {
    for (const line of references.runbook ?? []) {
      if (!known.has(line)) throw new Error(`The control ${id} refers to ${line}, which the runbook does not have.`);
      answering.get(line).push(id);
    }
  }
  for (const framework of frameworks) requireKnown(controls, framework);
  const unanswered = lines.filter(({ id }) => answering.get(id).length === 0);
  if (unanswered.length > 0) {
    throw new Error(`No control answers ${unanswered.map(({ id }) => id).join(', ')} of the runbook.`);
  }
  return [
    '# Controls',
    '',
    '<!-- Generated from src/audit/catalog.ts and src/audit/runbook.ts by npm run docs: do not edit. -->',
    '',
    `The ${controls.length} controls of \`holdfast audit\`. [audit.md](audit.md) explains its report. The column "on" says where a`,
    'control can be evaluated: on templates, on the live account, or on both. SH is AWS Security Hub, CKV checkov, P Prowler',
    'and N cdk-nag. What a framework asks for is listed [below](#frameworks). PCI DSS 3.5.1.2 does not accept disk encryption',
    'alone: what must not be readable in the database is encrypted field by field, with the secret `encryption-key`.',
    '',
    ...[...groupByService(controls)].flatMap(([service, own]) => [`## ${service}`, '', ...controlTable(own), '']),
    '## The runbook',
    '',
    'Tables 7.1 (validation commands) and 7.2 (checklist), line by line:',
    '',
    '| line | the runbook | controls |',
    '| --- | --- | --- |',
    ...lines.map((line) => `| ${line.id} | ${cell(line.text)} | ${links(answering.get(line.id))} |`),
    '',
    'Its other sections:',
    '',
    '| section | about | controls |',
    '| --- | --- | --- |',
    ...sections.map((section) => `| ${section.id} | ${section.text} | ${links(answering.get(section.id))} |`),
    '',
    '## Frameworks',
    '',
    'A control looks at a part of what a requirement asks for: what it passes is not the whole of it. Requirements of which',
    'no control looks at anything are named as not covered.',
    '',
    ...frameworks.flatMap((framework) => frameworkPart(framework, controls)),
    '## Remedies',
    '',
    ...controls.map(({ id, remediation }) => `- <a id="${id}"></a>\`${id}\`: ${cell(remediation)}`),
    '',
  ].join('\n');
}

function requireKnown(controls, { key, name, requirements }) {
  const known = new Set(requirements.map(({ id }) => id));
  for (const { id, references } of controls) {
    const wrong = (references[key] ?? []).find((one) => !known.has(one));
    if (wrong !== undefined) throw new Error(`The control ${id} refers to ${wrong}, which is not listed for ${name}.`);
  }
}

function frameworkPart({ key, name, version, source, scope, requirements }, controls) {
  const rows = requirements.map(({ id, title }) => ({
    id,
    title,
    behind: controls.filter(({ references }) => references[key]?.includes(id)).map((control) => control.id),
  }));
  const open = rows.filter(({ behind }) => behind.length === 0);
  return [
    `### ${name} ${version}`,
    '',
    `Requirements listed: ${scope}. Mapping: ${source}.`,
    '',
    '| requirement | about | controls |',
    '| --- | --- | --- |',
    ...rows
      .filter(({ behind }) => behind.length > 0)
      .map(({ id, title, behind }) => `| ${id} | ${cell(title)} | ${links(behind)} |`),
    '',
    `Not covered: ${open.map(({ id, title }) => `${id} (${cell(title)})`).join(', ') || 'none'}.`,
    '',
  ];
}

const SERVICES = {
  kmsKeys: 'Keys',
  auroraClusters: 'Aurora',
  auroraSnapshots: 'Aurora',
  dynamoTables: 'DynamoDB',
  accounts: 'Account',
  buckets: 'Buckets',
  replicationGroups: 'Redis and Valkey',
  secrets: 'Secrets',
  roles: 'Roles',
  codeBuildProjects: 'CodeBuild',
  schedules: 'Schedules',
  backups: 'Backups',
  securityGroups: 'Networks',
  networks: 'Networks',
  subnets: 'Networks',
  logGroups: 'Logs',
  literals: 'Templates',
};

function groupByService(controls) {
  const groups = new Map();
  for (const control of controls) {
    const service = SERVICES[control.kind] ?? control.kind;
    groups.set(service, [...(groups.get(service) ?? []), control]);
  }
  return groups;
}

function controlTable(controls) {
  return [
    '| control | asserts | severity | on | PCI DSS | SOC 2 | known as |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...controls.map(({ id, title, severity, evaluatedOn, references: { pci = [], soc2 = [], knownAs = [] } }) => {
      const cells = [title, severity, evaluatedOn.join(', '), pci.join(', '), soc2.join(', '), knownAs.join(', ')];
      return `| [\`${id}\`](#${id}) | ${cells.map(cell).join(' | ')} |`;
    }),
  ];
}

function links(ids) {
  return ids.map((id) => `[\`${id}\`](#${id})`).join(', ');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;').replaceAll('*', '\\*');
}
