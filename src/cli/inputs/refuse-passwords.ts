import { HoldfastError } from '../../core/errors.js';
import { hasPassword } from '../../syntax/libpq/connection-url.js';

/** Options whose value is a connection URL, whatever it looks like. */
const URL_OPTIONS = ['--url', '--to', '--server'];

/**
 * Refuses an argument list that carries a password: everybody on the machine can read it. It looks at every argument,
 * so that a mistyped option does not let one through, and before anything else, so that no message repeats it.
 *
 * @throws HoldfastError PASSWORD_ON_COMMAND_LINE
 */
export function refusePasswords(args: readonly string[]): void {
  args.forEach((argument, index) => {
    const option = URL_OPTIONS.find((name) => argument.startsWith(`${name}=`));
    const value = option === undefined ? argument : argument.slice(option.length + 1);
    const isUrl = option !== undefined || URL_OPTIONS.includes(args[index - 1] ?? '');
    const start = value.search(/postgres(?:ql)?:\/\//i);
    if (!isUrl && start < 0) return;
    const found = hasPassword(start < 0 ? withoutScheme(value) : lowerScheme(value.slice(start)));
    if (!found) return;
    const where = option ?? (isUrl ? args[index - 1] : 'an argument');
    throw new HoldfastError(
      'PASSWORD_ON_COMMAND_LINE',
      `The connection URL in ${where ?? 'an argument'} holds a password.`,
      where === '--to' || where === '--server'
        ? {
            hint: `Other users can read argument lists. Give the password by PGPASSWORD or a passfile, or the whole URL by ${where} - on standard input.`,
          }
        : {},
    );
  });
}

function lowerScheme(url: string): string {
  return url.replace(/^[a-z]+/i, (scheme) => scheme.toLowerCase());
}

/** Another scheme is an error of its own; its colon does not make a password of the user's name. */
function withoutScheme(text: string): string {
  return text.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
}
