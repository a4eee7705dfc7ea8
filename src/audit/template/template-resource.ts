/** The entries of a template under `Resources`. */

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
  readonly Metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly Condition?: string | undefined;
}

/** A part of a template that is not looked at: what it makes is not known. */
export interface UnreadResource {
  readonly logicalId: string;
  readonly type: string;
  /** Half a sentence. */
  readonly reason: string;
}
