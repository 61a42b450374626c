import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createReader } from '../../review/checks/index.ts';
import type { Reader } from '../../review/checks/index.ts';
import { cardOfSeed, photograph } from '../support/cards/index.ts';
import type { Photo } from '../support/cards/index.ts';

let reader: Reader;
beforeAll(() => { reader = createReader(); });
afterAll(async () => { await reader?.close(); });

const kindOf = ({ truth }: Photo) => (truth.side === 'portrait' ? 'portraitSide' as const : 'emblemSide' as const);
const judged = async (photo: Photo) => await reader.judge(photo.jpeg, { kind: kindOf(photo), expect: photo.truth.side });

describe('photos as phones take them are judged on the card that lies in them (R21)', () => {
  test('good ones of both sides, large and small, are not refused, and the card was measured', async () => {
    for (const [seed, band] of [[41, 'large'], [42, 'large'], [43, 'small'], [44, 'small']] as const) {
      const { findings, figures } = await judged(await photograph(cardOfSeed(seed), { seed, band }));
      expect([seed, findings.filter(({ blocks }) => blocks).map(({ code }) => code)]).toEqual([seed, []]);
      expect(figures!.widthPx).toBeGreaterThan(400);
    }
  }, 120_000);

  test.each(['defocus', 'motion', 'dark', 'overExposed', 'glare', 'cutOff', 'small', 'tilted', 'noDocument'] as const)('%s is named', async (defect) => {
    for (const seed of [51, 52]) {
      const photo = await photograph(cardOfSeed(seed), { seed, band: 'large', defect });
      const { findings } = await judged(photo);
      expect([seed, findings.map(({ code }) => code)]).toEqual([seed, expect.arrayContaining([photo.truth.finding])]);
    }
  }, 120_000);

  test('the other side of the card is said to be the other side', async () => {
    const photo = await photograph(cardOfSeed(61), { seed: 61, band: 'large' });
    const other = photo.truth.side === 'portrait' ? 'emblem' : 'portrait';
    const { findings } = await reader.judge(photo.jpeg, { kind: 'document', expect: other });
    expect(findings.map(({ code }) => code)).toContain('SIDE_WRONG');
  }, 60_000);
});

describe('two uploads whose backgrounds do not belong together (R23)', () => {
  const on = async (seed: number, scene: 'wood' | 'cloth' | undefined) => (await photograph(cardOfSeed(seed), { seed, band: 'large', ...(scene ? { place: { scene, seed: 7 } } : {}) })).jpeg;
  test('are marked; two on one table are not', async () => {
    const [one, same, other] = await Promise.all([on(71, 'wood'), on(72, 'wood'), on(73, 'cloth')]);
    expect((await reader.backgrounds({ one: one!, other: same! })).findings).toEqual([]);
    expect((await reader.backgrounds({ one: one!, other: other! })).findings.map(({ code }) => code)).toEqual(['BACKGROUND_DIFFERS']);
  }, 120_000);
});
