/** Ten thousand numbers with one fault each: none may pass for good (R12). */
import { checkIdNumber, normaliseIdNumber } from '../../../review/checks/index.ts';
import { inventHolder, seededRandom } from '../../support/cards/index.ts';
import { corrupt, CORRUPTIONS } from '../../support/ids/corrupt.ts';
import type { Corruption } from '../../support/ids/corrupt.ts';
import { SEED_BASE } from './sets.ts';
import type { SetName } from './sets.ts';

export type CorruptedOutcome = { readonly tried: number; readonly accepted: number; readonly byKind: Readonly<Record<Corruption, { tried: number; accepted: number }>> };

/** Accepted wrong: no blocking finding although it is not the number. What normalising turns back into the number is none. */
export function tryCorrupted(set: SetName, count: number): CorruptedOutcome {
  const byKind = Object.fromEntries(CORRUPTIONS.map((kind) => [kind, { tried: 0, accepted: 0 }])) as Record<Corruption, { tried: number; accepted: number }>;
  const random = seededRandom(SEED_BASE[set]);
  for (let tried = 0, i = 0; tried < count; i += 1) {
    const { number } = inventHolder(SEED_BASE[set] + i);
    const kind = CORRUPTIONS[i % CORRUPTIONS.length] as Corruption;
    const wrong = corrupt(number, kind, random);
    if (wrong === null || wrong === number) continue;
    tried += 1;
    byKind[kind].tried += 1;
    const given = normaliseIdNumber(wrong);
    if (given !== number && !checkIdNumber(given).some((finding) => finding.blocks)) byKind[kind].accepted += 1;
  }
  return { tried: count, accepted: Object.values(byKind).reduce((sum, { accepted }) => sum + accepted, 0), byKind };
}
