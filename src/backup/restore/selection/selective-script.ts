/** The part of a restore's SQL that was chosen, with names rewritten where it goes to another schema. */
import type { DumpObserver } from '../../../dump/dump-reader.js';
import type { EntryHeader } from '../../../dump/entry-header.js';
import { parseCopy } from '../../../dump/statement.js';
import type { Decode } from '../../../dump/text-encoding.js';
import { qualifiedName, quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { setSearchPath, settingName } from './is-setting.js';
import { isOfInitialPublic } from './outline-entry.js';
import type { SelectionPlan } from './plan-selection.js';
import { STAYS } from './rename.js';

type Script = Required<Pick<DumpObserver, 'statement' | 'rows'>>;

/**
 * @param script writes its input in the form that a restore needs
 * @param written receives the statements of the selection as they are written
 * @returns what to give to the reader of the dump
 */
export function selectiveScript(
  plan: Pick<SelectionPlan, 'entries' | 'omitted' | 'renamer' | 'copyInto' | 'searchPath' | 'late'>,
  script: Script,
  written?: { add(ordinal: number, header: EntryHeader, text: Buffer): void; addSetting(text: Buffer): void },
): Script & Required<Pick<DumpObserver, 'header'>> {
  const chosen = new Set(plan.entries.map((entry) => entry.ordinal));
  // The script leaves them out itself: what they would have granted counts.
  const omitted = new Set([...plan.omitted].map((entry) => entry.ordinal));
  let ordinal = 0;
  // A setting applies until the next one; one that no chosen entry follows (a tablespace) may not exist in the target.
  const settings = new Map<string, Parameters<Script['statement']>>();
  let path = '';
  const setPath = (wanted: string, decode: Decode) => {
    if (wanted !== path) script.statement(Buffer.from(setSearchPath(wanted)), undefined, decode);
    path = wanted;
  };
  return {
    header: (_header, number) => (ordinal = number),
    statement: (text, header, decode) => {
      const setting = settingName(text);
      if (!header || setting !== undefined) {
        if (header && setting !== undefined) settings.set(setting, [Buffer.from(text), header, decode]);
        else script.statement(text, header, decode);
        return;
      }
      if (omitted.has(ordinal)) {
        script.statement(rewrite(text, header, { ...plan, ordinal, decode }), header, decode);
        return;
      }
      if (!chosen.has(ordinal) || plan.late?.has(ordinal)) return;
      if (plan.renamer !== STAYS && isOfInitialPublic(header, text)) return;
      for (const [text, ...rest] of settings.values()) {
        written?.addSetting(text);
        script.statement(text, ...rest);
      }
      settings.clear();
      if (plan.searchPath !== undefined) setPath(header.type === 'TABLE DATA' ? plan.searchPath : '', decode);
      const rewritten = rewrite(text, header, { ...plan, ordinal, decode });
      written?.add(ordinal, header, rewritten);
      script.statement(rewritten, header, decode);
    },
    rows: (chunk, start, end) => {
      if (chosen.has(ordinal)) script.rows(chunk, start, end);
    },
  };
}

function rewrite(
  text: Buffer,
  header: EntryHeader,
  plan: Pick<SelectionPlan, 'renamer' | 'copyInto'> & { ordinal: number; decode: Decode },
): Buffer {
  if (header.type === 'BLOBS') return text;
  const table = plan.copyInto.get(plan.ordinal);
  if (!table) return plan.renamer.statement(text, header, plan.decode);
  const renamed = plan.renamer.name(table);
  const copy = parseCopy(text.toString('latin1'));
  const columns = copy?.columns.map(quoteIdentifier).join(', ') ?? '';
  const name = Buffer.from(qualifiedName(renamed.schema, renamed.name)).toString('latin1');
  return Buffer.from(`COPY ${name} (${columns}) FROM stdin;`, 'latin1');
}
