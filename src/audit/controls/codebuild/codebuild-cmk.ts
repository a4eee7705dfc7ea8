import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const codebuildCmk = defineControl({
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
