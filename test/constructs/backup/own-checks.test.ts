/** Our own app under our own catalog: what is high or critical does not synthesize. */
import { CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { beforeAll, expect, test } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { declaredFrom } from '../../../src/audit/declared-from-config.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, readTemplates } from '../../../src/audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import type { Finding } from '../../../src/audit/model/finding.js';
import type { ConfigInput } from '../../../src/config/index.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { appOf, CONFIG, configOf } from './backup-app.js';

/** Everything that a backup can bring with it: a network of its own, and an image that it builds. */
const FULL: ConfigInput = {
  ...CONFIG,
  sourceAccount: { network: { createCidr: '10.81.0.0/24' }, build: { image: 'build' } },
};

let findings: readonly Finding[];
beforeAll(async () => {
  const directory = temporaryDirectory();
  (await appOf(FULL, directory)).synth();
  const { trustedAccounts } = declaredFrom(await configOf(FULL));
  const declared = { ...NOTHING_DECLARED, trustedAccounts };
  findings = evaluate(CONTROLS, factsFromTemplates(readTemplates(directory), new Date()), declared);
});

const high = new Set(CONTROLS.filter(({ severity }) => /high|critical/.test(severity)).map(({ id }) => id));

test('nothing that is high or critical fails, with a network of its own and an image that is built', () => {
  expect(findings.filter(({ control, status }) => status === 'fail' && high.has(control))).toEqual([]);
});

test('nothing of it is left open', () => {
  expect(findings.filter(({ status }) => status === 'not-evaluated')).toEqual([]);
});

test('the build of the image says why it is privileged, and the audit reports it as waived', () => {
  expect(findings.filter(({ status }) => status === 'waived')).toMatchObject([
    {
      control: 'codebuild-not-privileged',
      problems: ['Privileged mode is on.'],
      note: expect.stringMatching(
        /^Accepted by the template itself, without approver or end: It builds an image/,
      ) as string,
    },
  ]);
});

test('an app with a finding of severity high is not synthesized', async () => {
  const app = await appOf(FULL, temporaryDirectory());
  for (const one of app.node.findAll()) {
    if (one instanceof CfnBucketPolicy) one.node.scope!.node.tryRemoveChild(one.node.id);
  }
  expect(() => app.synth()).toThrow(/s3-wrong-key-denied/);
});
