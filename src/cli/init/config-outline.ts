/** What a new config holds, before it is written in one language or another. */

/** A group of options, a list, or a value. */
export type Outline = string | number | boolean | readonly Outline[] | OutlineGroup;

export interface OutlineGroup {
  readonly options: readonly OutlineOption[];
}

export interface OutlineOption {
  readonly key: string;
  readonly value: Outline;
  /** One paragraph above it. */
  readonly comment?: string | undefined;
  /** Written as a comment: an option that is left at its default. */
  readonly disabled?: boolean;
}

export function isGroup(outline: Outline): outline is OutlineGroup {
  return typeof outline === 'object' && 'options' in outline;
}
