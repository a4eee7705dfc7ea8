/** The table of docs/explanation/aws-backups.md: who can do what to the vault, from the cases that test/policies simulates. */

const BEGIN = '<!-- Generated from test/policies/vault-cases.ts: do not edit from here -->';
const END = '<!-- to here. -->';

/**
 * A page with the table brought up to date.
 *
 * @param page the text of docs/explanation/aws-backups.md
 * @param cases `VAULT_CASES`
 */
export function withVaultAccess(page, cases) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The lines "${BEGIN}" and "${END}" are missing from the page.`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${table(cases)}\n\n${page.slice(end)}`;
}

function table(cases) {
  const rows = cases.map(
    ({ who, does, action, allowed }) => `| ${who} | ${does} | \`${action}\` | ${allowed ? 'yes' : '**no**'} |`,
  );
  return ['| who | does | action | may |', '| --- | --- | --- | --- |', ...rows].join('\n');
}
