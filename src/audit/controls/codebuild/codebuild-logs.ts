import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const codebuildLogs = defineControl({
  id: 'codebuild-logs',
  title: 'Builds write logs that are encrypted and kept.',
  severity: 'medium',
  references: { pci: ['10.2.1'], knownAs: ['SH CodeBuild.4'] },
  remediation: 'Give the project a log group with a key and a retention.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project) {
    const { enabled } = valueOf(project.logs);
    const group = enabled ? valueOf(project.logGroup) : undefined;
    if (!enabled) yield 'Logs are off.';
    else if (!group) yield 'The logs go to a group that CodeBuild makes: not under a key, and kept for ever.';
    else {
      if (group.kmsKeyId === undefined) yield 'The log group is not encrypted with a key of yours.';
      if (group.retentionDays === undefined) yield 'The log group has no retention.';
    }
  },
});
