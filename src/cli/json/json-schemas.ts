/** The JSON schemas of `--json`, published under docs/formats/. */
import * as z from 'zod';
import { auditDocument, auditListDocument } from '../../audit/report/document.js';
import { statusDocument } from './status-document.js';
import * as aws from './aws-documents.js';
import * as documents from './documents.js';

/** A JSON schema for each file name. Fields may be added to documents, so unknown ones are admitted. */
export function cliJsonSchemas(): Record<string, object> {
  const schemas = {
    'cli-error': documents.failedDocument,
    'cli-backup': documents.backupDocument,
    'cli-backup-dry-run': documents.backupDryRunDocument,
    'cli-list': documents.listDocument,
    'cli-show': documents.showDocument,
    'cli-restore': documents.restoreDocument,
    'cli-verify': documents.verifyDocument,
    'cli-check': documents.checkDocument,
    'cli-adopt': documents.adoptDocument,
    'cli-import': documents.importDocument,
    'cli-status': statusDocument,
    'cli-compare': documents.compareDocument,
    'cli-prune': documents.pruneDocument,
    'cli-accept': documents.acceptDocument,
    'cli-vault-init': documents.vaultInitDocument,
    'cli-demo': documents.demoDocument,
    'cli-init': aws.initDocument,
    'cli-synth': aws.synthDocument,
    'cli-diff': aws.diffDocument,
    'cli-deploy': aws.deployDocument,
    'cli-destroy': aws.destroyDocument,
    'cli-policy': aws.policyDocument,
    'cli-run': aws.runDocument,
    'cli-secret-set': aws.secretSetDocument,
    'cli-rotate': aws.rotateDocument,
    'cli-audit': auditDocument,
    'cli-audit-list': auditListDocument,
    'cli-report': aws.reportDocument,
  };
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [`${name}.schema.json`, z.toJSONSchema(schema, { io: 'input' })]),
  );
}
