import type { CaseView } from '../../../contracts/http/staff.ts';
import type { Language } from '../../../contracts/http/common.ts';
import { CUES, SCRIPT, sayScript } from '../../../contracts/script.ts';
import type { ScriptAnswer, ScriptItemId } from '../../../contracts/script.ts';

export interface ScriptLine { readonly id: ScriptItemId; readonly rule: string; readonly text: string }
export type TickView = NonNullable<CaseView['session']>['ticks'][number];

/** The script with agent, licence, client's name and cue filled in, in the order of the list. */
export function scriptLines(view: CaseView, language: Language): ScriptLine[] {
  const session = view.session;
  const cue = CUES.find((c) => c.id === session?.cue);
  const values = {
    agent: session?.witnessName ?? '', licence: session?.witnessLicence ?? '', name: view.form?.name ?? '', cue: cue?.[language] ?? '',
  };
  return SCRIPT.map((item) => ({ id: item.id, rule: item.rule, text: sayScript(item[language], values) }));
}

export interface ItemState { readonly answer: ScriptAnswer | undefined; readonly insideGap: boolean; readonly done: boolean; readonly tick: TickView | undefined }

/** How an item stands: its last answer counts, and only a clear yes outside of a recording gap closes it (R24). */
export function itemState(ticks: readonly TickView[], item: ScriptItemId): ItemState {
  let last: TickView | undefined;
  for (const tick of ticks) if (tick.item === item && (last === undefined || last.at <= tick.at)) last = tick;
  return { answer: last?.answer, insideGap: last?.insideGap ?? false, done: last?.answer === 'clear_yes' && !last.insideGap, tick: last };
}
