import { beforeAll, describe, expect, test } from '@jest/globals';

import { judgePhoto } from '../../../review/capture/index.ts';
import { judgePicture } from '../../../review/checks/judgePicture.ts';
import { fixturePortrait, inventPerson, photographCard, renderCard } from '../../support/cards/index.ts';
import type { PhotographOptions } from '../../support/cards/index.ts';

let card: Buffer;
beforeAll(async () => {
  card = await renderCard({ ...inventPerson(5), side: 'portrait', portrait: await fixturePortrait(), heightPx: 800 });
});
const codes = async (options: PhotographOptions) => (await judgePicture(await photographCard(card, { width: 1280, height: 960, ...options }), 'document')).map((f) => f.code);

describe('a photo that is not good enough is refused with the reason (R21)', () => {
  test('a clean photo, straight or tilted, gives no reason', async () => {
    expect(await codes({})).toEqual([]);
    expect(await codes({ tiltDeg: 3, quality: 60 })).toEqual([]);
  });
  test('blurred', async () => expect(await codes({ blur: 5 })).toEqual(['PHOTO_BLURRED']));
  test('too dark', async () => expect(await codes({ light: 0.2 })).toEqual(['PHOTO_TOO_DARK']));
  test('over-exposed', async () => expect(await codes({ light: 1.8 })).toEqual(['PHOTO_OVER_EXPOSED']));
  test('glare', async () => expect(await codes({ glare: 0.09 })).toEqual(['PHOTO_GLARE']));
  test('too small', async () => expect(await codes({ scale: 0.35 })).toContain('PHOTO_TOO_SMALL'));
  test('cut off', async () => expect(await codes({ shift: { x: 0.18, y: 0 } })).toContain('PHOTO_CUT_OFF'));

  test('a face is measured as a face, and its size is told', async () => {
    expect(await judgePhoto({ kind: 'face', image: await fixturePortrait() })).toMatchObject({ width: 640, height: 704, findings: [] });
  });
  test('a photo of record that does not decode is refused by its own code', async () => {
    await expect(judgePhoto({ kind: 'face', image: Buffer.from('no picture') })).rejects.toMatchObject({ code: 'PHOTO_UNDECODABLE' });
  });
});
