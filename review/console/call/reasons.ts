import { reasonGroup } from '../../../contracts/reasons/index.ts';
import type { ReasonCode } from '../../../contracts/reasons/index.ts';

export interface ReasonGroup { readonly group: ReasonCode['group']; readonly reasons: readonly ReasonCode[] }

/** Reasons in their groups, only those whose code or words (either language) hold every word of the search. */
export function findReasons(reasons: readonly ReasonCode[], search: string): ReasonGroup[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter((w) => w !== '');
  const fits = (r: ReasonCode): boolean => {
    const text = [r.code, r.text.zh, r.text.en, r.client.zh, r.client.en].join(' ').toLowerCase();
    return words.every((w) => text.includes(w));
  };
  return reasonGroup.options
    .map((group) => ({ group, reasons: reasons.filter((r) => r.group === group && fits(r)) }))
    .filter((g) => g.reasons.length > 0);
}
