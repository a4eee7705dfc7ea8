import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const kmsRotationEnabled = defineControl({
  id: 'kms-rotation-enabled',
  title: 'Customer managed keys rotate every year.',
  severity: 'medium',
  references: { pci: ['3.7.4'], runbook: ['1.1'], knownAs: ['SH KMS.4', 'CKV_AWS_7', 'N KMS5'] },
  remediation: 'Turn on automatic rotation: aws kms enable-key-rotation --key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  expects: (declared) => declared.keyAliases,
  exempts(key) {
    const [spec, origin] = [valueOf(key.keySpec), valueOf(key.origin)];
    if (spec !== 'SYMMETRIC_DEFAULT') return `AWS KMS cannot rotate keys with the spec ${spec} automatically.`;
    return origin === 'AWS_KMS'
      ? undefined
      : `AWS KMS cannot rotate key material with the origin ${origin} automatically.`;
  },
  *check(key) {
    if (!valueOf(key.rotationEnabled)) yield 'Automatic rotation is off.';
  },
});
