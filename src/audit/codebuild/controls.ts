/** What is required of CodeBuild projects. */
import { keyProblems } from '../kms/facts.js';
import { controlList } from '../model/control.js';
import { valueOf } from '../model/reading.js';
import { problemOfVariable, problemsOfBuildSpec } from './plaintext-credentials.js';

const { controls, define } = controlList();
export { controls };

export const codebuildNoPlaintextCredentials = define({
  id: 'codebuild-no-plaintext-credentials',
  title: 'No build has a plaintext credential in its environment or its build spec.',
  severity: 'critical',
  references: { pci: ['8.6.2'], soc2: ['CC6.1'], nist: ['IA-5(7)'], iso: ['A.5.17'], knownAs: ['SH CodeBuild.2'] },
  remediation: 'Store it in Secrets Manager and refer to its ARN.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    for (const { name, type, value } of valueOf(project.environment)) {
      const problem = type === 'PLAINTEXT' ? problemOfVariable(name, value) : undefined;
      if (problem !== undefined) yield problem;
    }
    const buildSpec = valueOf(project.buildSpec);
    if (buildSpec !== undefined) yield* problemsOfBuildSpec(buildSpec);
  },
});

export const codebuildLogs = define({
  id: 'codebuild-logs',
  title: 'Builds write logs that are encrypted and have a retention period.',
  severity: 'medium',
  references: { pci: ['10.2.1'], nist: ['AU-2', 'AU-12'], iso: ['A.8.15'], knownAs: ['SH CodeBuild.4'] },
  remediation: 'Give the project a log group with a key and a retention period.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    const { enabled, toS3 } = valueOf(project.logs);
    const group = enabled ? valueOf(project.logGroup) : undefined;
    if (toS3 === 'not encrypted') yield 'Its logs in S3 are not encrypted.';
    if (!enabled) {
      if (toS3 === undefined) yield 'Logs are off.';
    } else if (!group)
      yield 'Logs go to a group that CodeBuild creates: not encrypted with your key, and kept forever.';
    else {
      if (!group.kmsKeyId) yield 'The log group is not encrypted with a customer managed key.';
      if (group.retentionDays === undefined) yield 'The log group has no retention period.';
    }
  },
});

export const codebuildCmk = define({
  id: 'codebuild-cmk',
  title: 'Build artifacts and caches are encrypted with a customer managed key.',
  severity: 'medium',
  references: { nist: ['SC-28(1)'], iso: ['A.8.24'], knownAs: ['CKV_AWS_147', 'N CB4'] },
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
  references: { nist: ['AC-6'], iso: ['A.8.2'], knownAs: ['CKV_AWS_316'] },
  remediation: 'Turn privileged mode off; build images in a separate project that cannot reach data.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    if (valueOf(project.privileged)) yield 'Privileged mode is on.';
  },
});

export const codebuildNotPublic = define({
  id: 'codebuild-not-public',
  title: 'Builds, with their logs and artifacts, are not public.',
  severity: 'high',
  references: {
    pci: ['7.2.1'],
    soc2: ['CC6.1', 'CC6.6'],
    nist: ['AC-3', 'SC-7'],
    iso: ['A.8.3'],
    knownAs: ['P codebuild_project_not_publicly_accessible'],
  },
  remediation: 'aws codebuild update-project-visibility --project-visibility PRIVATE.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    if (valueOf(project.publicBuilds)) yield 'Everyone can read its builds.';
  },
});

export const codebuildSourceTrusted = define({
  id: 'codebuild-source-trusted',
  title: 'Sources of builds come over verified TLS, and their addresses hold no credential.',
  severity: 'high',
  references: {
    pci: ['4.2.1', '8.6.2'],
    soc2: ['CC6.1', 'CC6.7'],
    nist: ['IA-5(7)', 'SC-8', 'SI-7'],
    iso: ['A.5.17', 'A.8.4'],
    knownAs: ['SH CodeBuild.1'],
  },
  remediation: 'Use a connection or a stored credential of CodeBuild, an https address, and no InsecureSsl.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    for (const { location, insecureTls } of valueOf(project.sources)) {
      if (insecureTls) yield `The certificate of its source ${withoutLogin(location ?? '')} is not checked.`;
      if (location === undefined) continue;
      if (/^(?:http|git|ftp):/i.test(location)) yield `Its source ${withoutLogin(location)} is read without TLS.`;
      if (location !== withoutLogin(location))
        yield `The address of its source ${withoutLogin(location)} holds a credential.`;
    }
  },
});

/** What stands before the host: `https://user:token@`, `https://token@`; `git@` of SSH names nobody. */
function withoutLogin(location: string): string {
  return location.replace(/^(https?:\/\/)[^/@]+@/i, '$1');
}
