import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const codebuildCmk = defineControl({
  id: 'codebuild-cmk',
  title: 'What builds leave behind is encrypted with a key of yours.',
  severity: 'medium',
  references: { knownAs: ['CKV_AWS_147', 'N CB4'] },
  remediation: 'Set the encryption key of the project.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  *check(project, context) {
    yield* keyProblems(valueOf(project.kmsKeyId), context);
  },
});
