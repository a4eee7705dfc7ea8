/** docs/reference/errors.md: every code that Holdfast reports. */

const EXIT_CODES = {
  1: 'failed',
  2: 'wrong usage or configuration',
  4: 'incomplete: no verdict',
  130: 'interrupted',
};

export function errorsPage(registry) {
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
  ].join('\n');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
