import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';

import { cardOfSeed, photographScreen, seededRandom } from '../../support/cards/index.ts';
import { PANELS, planPanel, wavesOf } from '../../support/cards/panel.ts';
import type { Panel } from '../../support/cards/panel.ts';
import { throughSensor } from '../../support/cards/sensor.ts';

const SIZE = 128;
const LEVEL = 186;
const grey = () => ({ data: Buffer.alloc(SIZE * SIZE * 3, LEVEL), width: SIZE, height: SIZE });
const SHARP = { radius: 0.3, length: 0, towardsDeg: 0 };
const panelOf = (layout: Panel['layout']): Panel =>
  ({ name: 'monitor', ppi: 100, across: 1000, layout, turnDeg: 0, offset: [0, 0], open: layout === 'stripe' ? [0.27, 0.85] : [0.45, 0.35] });

/** Light of a colour at a place of the display, in pixels; 1 is its mean. */
function light(panel: Panel, colour: 0 | 1 | 2, u: number, v: number): number {
  return 1 + wavesOf(panel)[colour].reduce((sum, { kx, ky, amplitude, phase }) => sum + 2 * amplitude * Math.cos(2 * Math.PI * (kx * u + ky * v) - phase), 0);
}

/** An even grey display, `pitch` pixels of the sensor to one of its own. */
const seen = (pitch: number, panel = panelOf('stripe'), blur = SHARP) =>
  throughSensor(grey(), { panel, toDisplay: [1 / pitch, 0, 0, 0, 1 / pitch, 0, 0, 0, 1], lit: [-1e6, -1e6, 1e6, 1e6] }, blur);

/** Strength, in levels, of the wave of so many cycles a pixel along a middle row, in green. */
function waveOf({ data }: { data: Buffer }, frequency: number): number {
  let [re, im] = [0, 0];
  for (let x = 0; x < SIZE; x += 1) {
    const value = (data[(64 * SIZE + x) * 3 + 1] as number) * (1 - Math.cos((2 * Math.PI * (x + 0.5)) / SIZE));
    re += value * Math.cos(2 * Math.PI * frequency * x);
    im += value * Math.sin(2 * Math.PI * frequency * x);
  }
  return (2 * Math.hypot(re, im)) / SIZE;
}

describe('photos of displays, for measuring what can be known of them', () => {
  test('a pixel of stripes shines red, green and blue side by side, and is dark between', () => {
    const panel = panelOf('stripe');
    for (const colour of [0, 1, 2] as const) {
      const own = light(panel, colour, (colour + 0.5) / 3, 0);
      const others = [1, 2].map((by) => light(panel, colour, (((colour + by) % 3) + 0.5) / 3, 0));
      expect(own).toBeGreaterThan(2.5);
      expect(Math.max(...others.map(Math.abs))).toBeLessThan(0.5);
    }
  });

  test('a PenTile panel has green in every pixel, red and blue by turns', () => {
    const panel = panelOf('pentile');
    expect([light(panel, 1, 0.5, 0.5), light(panel, 1, 1.5, 0.5)].every((own) => own > 3)).toBe(true);
    // The series is cut off: what rings beside is a tenth at most.
    for (const [colour, own, other] of [[0, 0, 1], [2, 1, 0]] as const) {
      expect(light(panel, colour, own, 0)).toBeGreaterThan(3);
      expect(Math.abs(light(panel, colour, other, 0))).toBeLessThan(0.1 * light(panel, colour, own, 0));
    }
  });

  test('a grid that is coarse for the sensor is seen, one much finer than its pixels is not', () => {
    expect(waveOf(seen(4), 1 / 4)).toBeGreaterThan(30);
    const fine = seen(0.3);
    expect(Math.max(...fine.data) - Math.min(...fine.data)).toBeLessThanOrEqual(2);
  });

  test('a grid a little finer than the sensor’s pixels comes back as a slow wave: moiré that no one painted', () => {
    const pitch = 1.1;
    const picture = seen(pitch);
    const slow = 1 - 1 / pitch;
    expect(waveOf(picture, slow)).toBeGreaterThan(4);
    expect(waveOf(picture, slow)).toBeGreaterThan(8 * waveOf(picture, slow + 0.06));
  });

  test('a lens out of focus takes the moiré away with the grid', () => {
    const slow = 1 - 1 / 1.1;
    expect(waveOf(seen(1.1, panelOf('stripe'), { ...SHARP, radius: 2 }), slow)).toBeLessThan(0.5);
  });

  test('the same sensor leaves even paper as it is', () => {
    const paper = throughSensor(grey(), null, SHARP);
    expect([...new Set(paper.data)]).toEqual([expect.closeTo(LEVEL, -0.3)]);
  });

  test('every kind of display shows a card fine enough to be read', () => {
    for (const name of PANELS) {
      for (let seed = 1; seed <= 50; seed += 1) expect(planPanel(seededRandom(seed), name).across).toBeGreaterThanOrEqual(480);
    }
  });

  test('the same seed takes the same photo of a display, and without the display another', async () => {
    const [seed, band] = [700_002, 'small'] as const;
    const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    const [one, again, table] = [await photographScreen(cardOfSeed(seed), { seed, band }), await photographScreen(cardOfSeed(seed), { seed, band }), await photographScreen(cardOfSeed(seed), { seed, band, display: false })];
    expect(hash(again.jpeg)).toBe(hash(one.jpeg));
    expect(hash(table.jpeg)).not.toBe(hash(one.jpeg));
    expect(table.grid).toBe(0);
  }, 60_000);
});
