/** What the audit has asked AWS, for the evidence: each request, and which facts rest on it. */
import type { FactKind } from '../model/facts.js';

/** Which facts a request was made for. */
export interface ReadSubject {
  readonly kind: FactKind;
  /** Id of the resource, as in its fact; absent: the list of the kind, or every resource in it. */
  readonly resource?: string;
  /** Names of the attributes that the answer gives; empty: that the resource exists. */
  readonly attributes: readonly string[];
}

/**
 * - `absent`: AWS answered that there is no such setting, which is a known value.
 * - `denied`: a permission is missing; `failed`: anything else. The attributes are unknown then.
 */
export type ReadOutcome = 'read' | 'absent' | 'denied' | 'failed';

/** One request to AWS; each page of a list is one. */
export interface RecordedRead {
  /** As IAM calls it: `s3`, `application-autoscaling`. */
  readonly service: string;
  /** As the API calls it: `GetBucketLogging`. */
  readonly operation: string;
  /** The IAM action that allows it: `s3:GetBucketLogging`. */
  readonly permission: string;
  /** What was asked for; tokens of pages are left out. */
  readonly input: Readonly<Record<string, unknown>>;
  /** When it was sent. */
  readonly at: Date;
  /** AWS's id of the request, of its last attempt. */
  readonly requestId?: string;
  readonly attempts?: number;
  readonly outcome: ReadOutcome;
  /** AWS's error code and message, where it did not answer. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly subject: ReadSubject;
}

/** Takes each request as it ends. */
export type ReadSink = (read: RecordedRead) => void;

/** The requests that a resource's attributes rest on; without attributes, all of the resource. */
export function readsOf(
  reads: readonly RecordedRead[],
  kind: FactKind,
  resource?: string,
  attributes?: readonly string[],
): RecordedRead[] {
  return reads.filter(
    ({ subject }) =>
      subject.kind === kind &&
      (subject.resource === undefined || subject.resource === resource) &&
      (attributes === undefined || subject.attributes.some((attribute) => attributes.includes(attribute))),
  );
}

/** An input without its paging tokens: long, opaque, and no part of what was asked. */
export function withoutTokens(input: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(input).filter(([key, value]) => value !== undefined && !/^(next)?(token|marker)$|Token$/i.test(key)),
  );
}
