import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const codebuildLogs = defineControl({
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
