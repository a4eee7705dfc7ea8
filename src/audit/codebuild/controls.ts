/** What is required of CodeBuild projects. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { valueOf } from '../model/reading.js';

const { controls, define } = controlList();
export { controls };

export const codebuildNoPlaintextCredentials = define({
  id: 'codebuild-no-plaintext-credentials',
  title: 'No build has a plaintext credential in its environment.',
  severity: 'critical',
  references: { pci: ['8.6.2'], soc2: ['CC6.1'], knownAs: ['SH CodeBuild.2'] },
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

export const codebuildLogs = define({
  id: 'codebuild-logs',
  title: 'Builds write logs that are encrypted and have a retention period.',
  severity: 'medium',
  references: { pci: ['10.2.1'], knownAs: ['SH CodeBuild.4'] },
  remediation: 'Give the project a log group with a key and a retention period.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    const { enabled } = valueOf(project.logs);
    const group = enabled ? valueOf(project.logGroup) : undefined;
    if (!enabled) yield 'Logs are off.';
    else if (!group) yield 'Logs go to a group that CodeBuild creates: not encrypted with your key, and kept forever.';
    else {
      if (group.kmsKeyId === undefined) yield 'The log group is not encrypted with a customer managed key.';
      if (group.retentionDays === undefined) yield 'The log group has no retention period.';
    }
  },
});

export const codebuildCmk = define({
  id: 'codebuild-cmk',
  title: 'Build artifacts and caches are encrypted with a customer managed key.',
  severity: 'medium',
  references: { knownAs: ['CKV_AWS_147', 'N CB4'] },
  remediation: "Set the project's encryption key.",
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project, context) {
    yield* keyProblems(valueOf(project.kmsKeyId), context);
  },
});

export const codebuildNotPrivileged = define({
  id: 'codebuild-not-privileged',
  title: 'Builds are not privileged.',
  severity: 'high',
  references: { knownAs: ['CKV_AWS_316'] },
  remediation: 'Turn privileged mode off; build images in a separate project that cannot reach data.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    if (valueOf(project.privileged)) yield 'Privileged mode is on.';
  },
});
