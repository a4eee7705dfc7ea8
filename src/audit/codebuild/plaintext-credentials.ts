/** What looks like a credential in the settings of a build. */
import { parse } from 'yaml';

/** Words of a name that hold the value itself, in whatever place: `DB_PASSWORD_PROD`, `dbPassword`, `MYSQL_PWD`. */
const NAMES =
  /(?:PASS(?:WORD|WD|PHRASE|CODE)|(?:^|_)(?:PASS|PWD|PW|SECRETS?|CREDENTIALS?|CREDS?|AUTH|SALT|TOKEN)(?:_|$)|TOKEN$|(?:API|SECRET|PRIVATE|ACCESS|AUTH|ENCRYPTION|SIGNING|MASTER|ACCOUNT|SHARED)_?KEY|CONNECTION_?STRING)/i;

/** Ends of a name that only say where it is, or of what kind: `…_ARN`, `…_SECRET_ID`, `PASSWORD_MIN_LENGTH`. */
const ABOUT =
  /_(?:ARN|ID|NAME|PATH|FILE|DIR|URL|URI|ENDPOINT|PARAMETER|PARAM|LENGTH|POLICY|TTL|EXPIRY|EXPIRES|METHOD|MODE|TYPE|ENABLED|REGION|STAGE|VERSION|ALIAS|HEADER|PREFIX|DAYS|HOURS|SECONDS)$/i;

function isNameOfCredential(name: string): boolean {
  return name === 'AWS_ACCESS_KEY_ID' || (NAMES.test(name) && !ABOUT.test(name));
}

/**
 * Access keys, URLs and connection strings with a password, private keys, passwords in JSON, tokens of the web, and those
 * that services mark as theirs.
 */
const VALUES =
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|:\/\/[^/\s:@]*:[^/\s@]+@|\b(?:password|passwd|pwd|accountkey|sharedaccesskey)\s*=\s*[^\s;$]{3,}|[\\]?["'](?:\w*(?:password|passwd|secret|token|api_?key|private_?key))[\\]?["']\s*:\s*[\\]?["'][^"'$]{3,}["']|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\bBearer\s+[\w.~+/-]{16,}|hooks\.slack\.com\/services\/T\w+\/B\w+\/\w+|\b(?:[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|npm_|AIza|SG\.)[\w-]{10,}/i;

/** What is wrong with a variable of the environment, in words. */
export function problemOfVariable(name: string, value: string): string | undefined {
  // An ARN says where the value is, whatever the variable is called.
  if (isNameOfCredential(name) && isValue(value)) return `The variable ${name} contains a plaintext credential.`;
  return VALUES.test(value) ? `The variable ${name} contains what looks like a credential.` : undefined;
}

/** Of a build spec: its variables, and what its commands set. */
export function* problemsOfBuildSpec(buildSpec: string): Iterable<string> {
  for (const [name, value] of variablesOf(buildSpec)) {
    const problem = problemOfVariable(name, value);
    if (problem !== undefined) yield `In the build spec: ${problem}`;
  }
  for (const [, name = '', value = ''] of buildSpec.matchAll(/\b([A-Z][A-Z0-9_]+)=["']?([^\s"'$`;&|<]+)/gi)) {
    if (isNameOfCredential(name) && isValue(value))
      yield `A command of the build spec sets ${name} to a plaintext credential.`;
  }
  const literal = VALUES.exec(buildSpec)?.[0];
  if (literal !== undefined && !variablesOf(buildSpec).some(([, value]) => value.includes(literal)))
    yield 'The build spec contains what looks like a credential.';
}

function variablesOf(buildSpec: string): [name: string, value: string][] {
  try {
    const { env } = (parse(buildSpec) ?? {}) as { env?: { variables?: Readonly<Record<string, unknown>> } };
    return Object.entries(env?.variables ?? {}).map(([name, value]) => [name, String(value)]);
  } catch {
    // The path of a file in the source, or a text that CodeBuild refuses.
    return [];
  }
}

function isValue(value: string): boolean {
  return value !== '' && !/^(?:arn:|\$|(?:true|false|yes|no|on|off|none)$)/i.test(value);
}
