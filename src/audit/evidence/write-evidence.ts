/**
 * The evidence of an audit: one file per control with what it looked at and what it found, and a manifest with the
 * SHA-256 of each, so that a file that was changed afterwards is noticed.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { AuditedFacts } from '../audit-report.js';
import { evaluate } from '../evaluate.js';
import type { Control } from '../model/control.js';
import type { FactKind, TemplateRecord } from '../model/facts.js';
import type { RecordedRead } from '../read-live-facts.js';
import { coverageOf } from '../report/coverage.js';
import { type Rendering, toAuditDocument, toControl } from '../report/document.js';
import type { Waivers } from '../waivers/waiver.js';
import { REDACTED, redacted } from './redacted.js';

export const EVIDENCE_SCHEMA_VERSION = 1;

export interface EvidenceInput {
  readonly rendering: Rendering;
  /** What was given to accept findings. */
  readonly acceptance: {
    readonly waivers: Waivers;
    /** Whether a waiver could name resources by a pattern. */
    readonly wildcardWaivers: boolean;
    /** Whether a template could accept its own findings. */
    readonly inlineAcceptance: boolean;
  };
  readonly audited: readonly AuditedFacts[];
  readonly reads: readonly RecordedRead[];
}

/**
 * Writes `controls/<id>.json` for each control, and `manifest.json` last. One file is in memory at a time.
 *
 * @param directory new or empty: evidence is never mixed with that of another audit
 * @throws HoldfastError OUTPUT_FAILED
 */
export async function writeEvidence(
  directory: string,
  { rendering, acceptance, audited, reads }: EvidenceInput,
): Promise<void> {
  const { report, tool } = rendering;
  try {
    await mkdir(join(directory, 'controls'), { recursive: true });
    const there = (await readdir(directory)).filter((name) => name !== 'controls');
    if (there.length > 0) throw new Error(`it is not empty (${there[0] ?? ''})`);
    const document = toAuditDocument(rendering);
    const files: { readonly file: string; readonly sha256: string; readonly bytes: number }[] = [];
    for (const control of report.controls.filter((one) => !report.elsewhere.includes(one))) {
      const kinds = new Set(audited.flatMap((one) => [...kindsReadBy(control, one)]));
      const others = [...kinds].filter((kind) => kind !== control.kind).sort();
      const content = {
        schemaVersion: EVIDENCE_SCHEMA_VERSION,
        control: toControl(control),
        findings: document.findings.filter((finding) => finding.control === control.id),
        facts: audited.flatMap((one) => factsOf(control.kind, one)),
        otherFacts: Object.fromEntries(others.map((kind) => [kind, audited.flatMap((one) => factsOf(kind, one))])),
        requests: reads.filter(({ subject }) => kinds.has(subject.kind)).map(toRequest),
      };
      files.push(await write(directory, `controls/${control.id}.json`, content));
    }
    await write(directory, 'manifest.json', {
      schemaVersion: EVIDENCE_SCHEMA_VERSION,
      tool,
      audit: document.audit,
      declared: audited.map(({ facts: { account, region }, declared }) => ({
        account: account ?? null,
        region: region ?? null,
        ...declared,
      })),
      templates: audited.flatMap(({ facts: { templates = [] } }) => templates.map(toTemplate)),
      acceptance: redacted(acceptance),
      coverage: coverageOf(report),
      notEvaluated: document.findings.filter(({ status }) => status === 'not-evaluated'),
      waived: document.findings.filter(({ status }) => status === 'waived'),
      elsewhere: document.elsewhere,
      requests: reads.length,
      files,
    });
  } catch (error) {
    throw new HoldfastError('OUTPUT_FAILED', `Writing the evidence to ${directory}: ${messageOf(error)}.`, {
      cause: error,
      hint: 'Give each audit a new directory.',
    });
  }
}

/** Parameters as the audit took them; without a value, null. */
function toTemplate({ stack, file, sha256, parameters, secretParameters }: TemplateRecord): object {
  const shown = Object.entries(parameters).map(([name, value]): [string, unknown] => [
    name,
    value !== undefined && secretParameters.includes(name) ? REDACTED : value,
  ]);
  return redacted({ stack, file: file ?? null, sha256: sha256 ?? null, parameters: Object.fromEntries(shown) });
}

/** The kinds that a control asks for besides its own: the keys behind an encryption, the roles behind a build. */
function kindsReadBy(control: Control, { facts, declared }: AuditedFacts): ReadonlySet<FactKind> {
  const kinds = new Set<FactKind>([control.kind]);
  const watched = new Proxy(facts, {
    get: (all, name, receiver) => {
      const value: unknown = Reflect.get(all, name, receiver);
      if (typeof value === 'object' && value !== null && ('value' in value || 'unknown' in value))
        kinds.add(name as FactKind);
      return value;
    },
  });
  evaluate([control], watched, declared);
  return kinds;
}

/** What the control could look at: all resources of a kind, or why there is no list of them. */
function factsOf(kind: FactKind, { facts }: AuditedFacts): object[] {
  const list = facts[kind];
  const place = { source: facts.source, account: facts.account ?? null, region: facts.region ?? null };
  if ('unknown' in list) return [{ ...place, unknown: list.unknown }];
  return list.value.map((fact) => ({ ...place, ...redacted(fact) }));
}

function toRequest({ at, subject, requestId, attempts, error, ...read }: RecordedRead): object {
  return redacted({
    ...read,
    at: at.toISOString(),
    requestId: requestId ?? null,
    attempts: attempts ?? null,
    error: error ?? null,
    kind: subject.kind,
    resource: subject.resource ?? null,
    attributes: subject.attributes,
  });
}

async function write(directory: string, file: string, content: object) {
  const text = `${JSON.stringify(content, null, 2)}\n`;
  // Never over existing evidence.
  await writeFile(join(directory, file), text, { flag: 'wx' });
  return { file, sha256: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
}
