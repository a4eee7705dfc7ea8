import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const codebuildNotPrivileged = defineControl({
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
