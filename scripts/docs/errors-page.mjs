/** docs/reference/errors.md: every code that Holdfast reports. */

const EXIT_CODES = {
  1: 'failed',
  2: 'wrong usage or configuration',
  4: 'incomplete: no verdict',
  130: 'interrupted',
};

/** @param details the zod schema of what an error of a code carries as data, by code */
export function errorsPage(registry, details) {
  const rows = Object.entries(registry).map(
    ([code, { exitCode, retryable, hint }]) =>
      `| \`${code}\` | ${exitCode} (${EXIT_CODES[exitCode]}) | ${retryable ? 'yes' : 'no'} | ${cell(hint)} |`,
  );
  return [
    '# Errors',
    '',
    '<!-- Generated from src/core/errors.ts by npm run docs: do not edit. -->',
    '',
    'Each failure has a code, which stays the same between versions. Its message says what was being done, the value',
    'that was received and what to change. "Retry" says whether the same command may succeed later without a change.',
    '',
    '| code | exit status | retry | next step |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'Exit status 0 means done, and 3 means done with a bad verdict (a proof that failed, a stale backup): not an error.',
    '',
    '## Details',
    '',
    'What a message lists is with `--json` also there as data, in `details.problems`: a list of objects, each with a',
    '`message` and with',
    '',
    '| code | fields |',
    '| --- | --- |',
    ...Object.entries(details).map(([code, schema]) => `| \`${code}\` | ${fieldsOf(schema)} |`),
    '',
    'An error that has nothing to list is without `details`.',
    '',
  ].join('\n');
}

function fieldsOf({ shape: { problems } }) {
  const fields = Object.keys(problems.element.shape).filter((name) => name !== 'message');
  return fields.map((name) => `\`${name}\``).join(', ') || 'nothing else';
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
