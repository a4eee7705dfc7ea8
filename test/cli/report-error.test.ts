import { expect, it } from 'vitest';
import { asCodedError, errorDocument, formatError } from '../../src/cli/report-error.js';
import { failedDocument } from '../../src/cli/json/documents.js';
import { SCHEMA_VERSION } from '../../src/cli/json/schema-version.js';
import { styleOf } from '../../src/cli/text/style.js';
import { HoldfastError } from '../../src/core/errors.js';

const style = styleOf({ stream: {}, env: {}, color: false });

it('prints the error, then the hint, and no cause unless asked', () => {
  const error = new HoldfastError('CONNECT_FAILED', 'Connecting to db: refused.', {
    hint: 'Start it.',
    cause: new Error('ECONNREFUSED'),
  });
  expect(formatError(error, style, false)).toBe('error: Connecting to db: refused.\nhint: Start it.');
  expect(formatError(error, style, true)).toBe(
    'error: Connecting to db: refused.\nhint: Start it.\ncause: ECONNREFUSED',
  );
});

it('names what it happened to, where there are several', () => {
  const error = new HoldfastError('DUMP_FAILED', 'pg_dump exited.', { hint: 'Look.' });
  expect(formatError(error, style, false, 'orders')).toBe('error: orders: pg_dump exited.\nhint: Look.');
});

it('keeps the lines of a message, so that a list of problems stays a list', () => {
  const error = new HoldfastError('DUMP_FAILED', 'Found:\n- a table\n  remedy: GRANT', { hint: 'See.' });
  expect(formatError(error, style, false)).toBe('error: Found:\n  - a table\n    remedy: GRANT\nhint: See.');
});

it.each([
  ['a text that is too long', () => 'x'.repeat(2 ** 30)],
  ['a buffer that is too long as text', () => Buffer.allocUnsafeSlow(2 ** 29 + 8).toString('latin1')],
  ['a buffer that is too large', () => new ArrayBuffer(2 ** 53)],
])('A7: codes %s as a want of memory, and not as a defect', (_, work) => {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expect(asCodedError(thrown)).toMatchObject({ code: 'OUT_OF_MEMORY', exitCode: 1 });
});

it('shows the stack of a defect only when asked', () => {
  const error = asCodedError(new TypeError('x is undefined'));
  expect(error.code).toBe('INTERNAL');
  expect(formatError(error, style, false)).not.toContain('at ');
  expect(formatError(error, style, true)).toMatch(/cause: TypeError: x is undefined\n\s+at /);
});

it('prints control characters of a foreign message as text', () => {
  const error = new HoldfastError('RESTORE_FAILED', 'ERROR: \u001b[2Jgone', { hint: 'h' });
  expect(formatError(error, style, false)).toContain('\\u001b[2Jgone');
});

it('gives code, message, hint, exit status and whether a retry may help as JSON', () => {
  expect(errorDocument(new HoldfastError('OBJECT_EXISTS', 'm', { hint: 'h' }))).toEqual({
    code: 'OBJECT_EXISTS',
    message: 'm',
    hint: 'h',
    exitCode: 1,
    retryable: false,
  });
});

it('gives what the message lists as data, in the form that is published', () => {
  const problem = { kind: 'missing-role', objects: ['app'], total: 1, message: 'no role app', remedy: null };
  const error = new HoldfastError('PREFLIGHT_FAILED', 'Found: no role app.', { details: { problems: [problem] } });
  const document = { schemaVersion: SCHEMA_VERSION, error: errorDocument(error) };
  expect(document.error.details).toEqual({ problems: [problem] });
  expect(failedDocument.parse(document)).toEqual(document);
});

it('tells the code of a caught error, and with it what its details are', () => {
  const thrown: unknown = new HoldfastError('TARGET_LACKS', 'm', {
    details: { problems: [{ message: 'no table t' }] },
  });
  const messagesOf = (error: unknown) =>
    error instanceof HoldfastError && error.is('TARGET_LACKS')
      ? error.details.problems.map(({ message }) => message)
      : undefined;
  expect(messagesOf(thrown)).toEqual(['no table t']);
  expect(messagesOf(new HoldfastError('USAGE', 'm'))).toBeUndefined();
  expect(messagesOf(new Error('m'))).toBeUndefined();
});
