import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const codebuildNoPlaintextCredentials = defineControl({
  id: 'codebuild-no-plaintext-credentials',
  title: 'No build has a plaintext credential in its environment.',
  severity: 'critical',
  references: { pci: ['8.3.2'], knownAs: ['SH CodeBuild.2'] },
  remediation: 'Store it in Secrets Manager and refer to its ARN.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    for (const { name, type, value } of valueOf(project.environment)) {
      if (type !== 'PLAINTEXT') continue;
      // An ARN says where the value is, whatever the variable is called.
      if (NAMES.test(name) && !value.startsWith('arn:')) yield `The variable ${name} contains a plaintext credential.`;
      else if (VALUES.test(value)) yield `The variable ${name} contains what looks like a credential.`;
    }
  },
});

/** Names that hold the value itself; `…_ARN` and `…_SECRET_ID` only say where it is. */
const NAMES =
  /^(?:AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|PGPASSWORD|.*(?:PASSWORD|PASSWD|PASSPHRASE|TOKEN|(?:API|SECRET|PRIVATE|ACCESS)_?KEY|(?:^|_)(?:PASS|PWD|SECRET|CREDENTIALS?)))$/i;

/** Access keys, URLs with a password, private keys, and the tokens that services mark as theirs. */
const VALUES =
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|:\/\/[^/\s:@]+:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|\b(?:[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-)[\w-]{10,}/;
