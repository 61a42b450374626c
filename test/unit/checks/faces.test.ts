import { beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Sharp } from 'sharp';

import { faceExamination, faceSentences } from '../../../contracts/face.ts';
import { adviceFindings, examineFace } from '../../../review/checks/face/examineFace.ts';
import type { FaceRequest } from '../../../review/checks/face/examineFace.ts';
import { loadFaceModels } from '../../../review/checks/face/models.ts';
import type { FaceModels } from '../../../review/checks/face/models.ts';
import type { PpOcr } from '../../../review/checks/reading/engines/ppocr.ts';
import { judgeImage } from '../../../review/checks/quality/judgeImage.ts';
import { fixturePortrait } from '../../support/cards/index.ts';

let portrait: Buffer;
let faces: FaceModels;
beforeAll(async () => {
  portrait = await fixturePortrait();
  faces = await loadFaceModels();
}, 120_000);

/** No card in that picture: what the print detector would say. */
const noPrint = { findPrint: async () => ({ data: new Float32Array(736 * 736), width: 736, height: 736 }) } as unknown as PpOcr;
const noCards = async (): Promise<never> => { throw new Error('no card is looked for in these tests'); };
const models = { faces: async () => faces, ppocr: noCards };
const examine = async (request: FaceRequest) => await examineFace(models, request);
const judged = async (image: Buffer) => (await judgeImage({ ...models, ppocr: async () => noPrint }, image, { kind: 'face' })).findings.map((finding) => finding.code);
const jpeg = async (picture: Sharp): Promise<Buffer> => await picture.jpeg().toBuffer();

async function side(...people: Buffer[]): Promise<Buffer> {
  const layers = await Promise.all(people.map(async (person, i) => ({ input: await sharp(person).resize({ height: 560 }).toBuffer(), left: 20 + i * 530, top: 40 })));
  return await jpeg(sharp({ create: { width: 1080, height: 600, channels: 3, background: '#667' } }).composite(layers));
}

describe('the first call of a process, before anyone consented', () => {
  test('without consent to face matching only faces are counted: the weights that describe a face are not even read (R17)', async () => {
    const examination = await examine({ live: portrait, consent: false, against: [{ reference: 'upload', image: portrait }] });
    expect(examination).toMatchObject({ faces: 1 });
    expect(examination.advice).toBeUndefined();
    expect(faces.loaded()).toEqual(['blazeface']);
  });

  test('in a process that describes others’ faces, one without consent is still only counted (R17)', async () => {
    const watched: FaceModels = { ...faces, describe: async () => { throw new Error('described without consent'); } };
    expect((await examineFace({ faces: async () => watched, ppocr: noCards }, { live: portrait, consent: false })).faces).toBe(1);
    await expect(examineFace({ faces: async () => watched, ppocr: noCards }, { live: portrait, consent: true })).rejects.toThrow('described without consent');
  });
});

describe('a photo of a face is refused with the reason (R21)', () => {
  test('a good one is not', async () => expect(await judged(portrait)).toEqual([]));
  test('nobody there', async () => expect(await judged(await jpeg(sharp({ create: { width: 800, height: 600, channels: 3, background: '#789' } })))).toEqual(['PHOTO_NO_FACE']));
  test('two people', async () => expect(await judged(await side(portrait, await sharp(portrait).flop().toBuffer()))).toContain('PHOTO_TWO_FACES'));
  test('out of focus', async () => expect(await judged(await jpeg(sharp(portrait).blur(5)))).toEqual(['PHOTO_BLURRED']));
  test('too dark', async () => expect(await judged(await jpeg(sharp(portrait).linear(0.15, 0)))).toContain('PHOTO_TOO_DARK'));
  test('over-exposed', async () => expect(await judged(await jpeg(sharp(portrait).linear(2.4, 0)))).toContain('PHOTO_OVER_EXPOSED'));
  test('too small', async () => expect(await judged(await jpeg(sharp({ create: { width: 900, height: 700, channels: 3, background: '#876' } }).composite([{ input: await sharp(portrait).resize(200).toBuffer(), left: 300, top: 200 }])))).toContain('PHOTO_TOO_SMALL'));
  test('cut off', async () => expect(await judged(await jpeg(sharp(portrait).extract({ left: 220, top: 0, width: 420, height: 704 })))).toContain('PHOTO_CUT_OFF'));
});

describe('with consent, figures for a person who decides (R17, R20)', () => {
  test('the same person on another picture is alike, and no description of the face is handed out', async () => {
    const other = await jpeg(sharp(portrait).flop().resize(400).modulate({ brightness: 0.8, saturation: 0.5 }).blur(1));
    const examination = await examineFace({ faces: async () => faces, ppocr: async () => noPrint }, { live: portrait, consent: true, against: [{ reference: 'upload', image: other }] });
    expect(examination.advice?.similarity[0]?.value).toBeGreaterThan(0.6);
    expect(faceExamination.parse(JSON.parse(JSON.stringify(examination)))).toEqual(examination);
    expect(JSON.stringify(examination).length).toBeLessThan(2_000);
  });

  test.each([-25, 25])('a head that leans by %d° is told', async (deg) => {
    const examination = await examine({ live: await jpeg(sharp(portrait).rotate(deg, { background: '#666' })), consent: true });
    expect(Math.abs((examination.advice?.rollDeg ?? 0) - deg)).toBeLessThan(8);
    expect(examination.findings.map((finding) => finding.code)).toContain('FACE_TURNED');
  });

  test('a straight bare face is neither turned nor covered; dark glasses are told', async () => {
    const straight = await examine({ live: portrait, consent: true });
    expect(straight.findings).toEqual([]);
    const { box } = straight;
    if (box === undefined) throw new Error('no face');
    const [x, y, w, h] = [box.x * 640, box.y * 704, box.width * 640, box.height * 704];
    const glasses = [0.3, 0.7].map((at) => `<ellipse cx="${x + at * w}" cy="${y + 0.34 * h}" rx="${0.2 * w}" ry="${0.15 * h}" fill="#1a1a1a"/>`).join('');
    const dark = await jpeg(sharp(portrait).composite([{ input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="640" height="704">${glasses}</svg>`) }]));
    expect((await examine({ live: dark, consent: true })).findings.map((finding) => finding.code)).toContain('FACE_EYES_COVERED');
  });

  test('nothing that is said about a face closes approve', () => {
    const advice = { yawDeg: 80, pitchDeg: 0, rollDeg: 0, eyesCovered: 1, mouthCovered: 1, similarity: [{ reference: 'card' as const, value: 0.02 }, { reference: 'upload' as const, value: 0.9 }] };
    const findings = adviceFindings(advice, undefined);
    expect(findings.map((finding) => finding.code)).toEqual(['FACE_TURNED', 'FACE_EYES_COVERED', 'FACE_MOUTH_COVERED', 'FACE_SIMILARITY_LOW', 'FACE_SIMILARITY']);
    expect(findings.some((finding) => finding.blocks)).toBe(false);
  });

  test('the figures are sentences; without a face, without consent, or where nothing could be measured, that is said (R17)', () => {
    const box = { x: 0.3, y: 0.2, width: 0.25, height: 0.3 };
    const advice = { yawDeg: -3, pitchDeg: 2, rollDeg: 1, eyesCovered: 0.62, mouthCovered: 0.05, similarity: [{ reference: 'card' as const, value: 0.71 }] };
    const said = (one: Partial<Parameters<typeof faceSentences>[0]>, language: 'zh' | 'en' = 'zh') => faceSentences({ faces: 1, box, consent: true, ...one }).map((line) => line[language]).join('');
    expect(said({ advice })).toContain('与身份证照片的相似度为0.71（0至1），仅供参考');
    expect(said({ advice })).toContain('眼部遮挡0.62，口鼻遮挡0.05');
    expect(said({ advice: { ...advice, similarity: [] } })).toContain('没有可以比对的照片');
    expect(said({ consent: false }, 'en')).toContain('does not consent to face matching: a person compares');
    for (const consent of [true, false]) expect(said({ faces: 0, consent })).toBe('画面中没有找到人脸。');
    expect(said({})).toContain('未能测量');
    expect(said({})).not.toContain('未同意');
  });
});
