/**
 * Whether a card was photographed off a screen. A screen's grid of pixels, or its beat against the camera's own, is a
 * regular pattern over the whole sheet: in the spectrum a few sharp peaks that print, paper and JPEG blocks do not have.
 * Pure; advice only.
 */
import type { GreyImage } from './figures.ts';

/** Side of the tiles whose spectra are averaged: print differs from tile to tile, the grid does not. */
const TILE = 128;
/** Cycles a pixel: slower patterns are print and guilloche. */
const SLOWEST = 0.09;
/** JPEG's blocks of 8 leave peaks on the axes, at every eighth. */
const BLOCKS = TILE / 8;

/** How far the strongest regular pattern stands above what surrounds it in the spectrum (natural logarithm of power); 0 is none. */
export function regularity({ data, width, height }: GreyImage): number {
  const power = new Float64Array(TILE * TILE);
  let tiles = 0;
  for (let top = 0; top + TILE <= height; top += TILE / 2) {
    for (let left = 0; left + TILE <= width; left += TILE / 2) {
      addSpectrum(power, data, width, left, top);
      tiles += 1;
    }
  }
  return tiles === 0 ? 0 : strongestPeak(power.map((sum) => sum / tiles));
}

const WINDOW = Float64Array.from({ length: TILE }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / TILE));

function addSpectrum(power: Float64Array, data: Uint8Array, width: number, left: number, top: number): void {
  const re = new Float64Array(TILE * TILE);
  const im = new Float64Array(TILE * TILE);
  let mean = 0;
  for (let y = 0; y < TILE; y += 1) for (let x = 0; x < TILE; x += 1) mean += data[(top + y) * width + left + x] as number;
  mean /= TILE * TILE;
  for (let y = 0; y < TILE; y += 1) for (let x = 0; x < TILE; x += 1) re[y * TILE + x] = ((data[(top + y) * width + left + x] as number) - mean) * (WINDOW[x] as number) * (WINDOW[y] as number);
  for (let y = 0; y < TILE; y += 1) fft(re, im, y * TILE, 1);
  for (let x = 0; x < TILE; x += 1) fft(re, im, x, TILE);
  // The logarithm keeps one tile full of strong print from drowning the rest.
  for (let i = 0; i < power.length; i += 1) power[i] = (power[i] as number) + Math.log(1 + (re[i] as number) ** 2 + (im[i] as number) ** 2);
}

/** Radix 2, in place, over TILE values that lie `step` apart. */
function fft(re: Float64Array, im: Float64Array, from: number, step: number): void {
  for (let i = 1, j = 0; i < TILE; i += 1) {
    let bit = TILE >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      const [a, b] = [from + i * step, from + j * step];
      [re[a], re[b]] = [re[b] as number, re[a] as number];
      [im[a], im[b]] = [im[b] as number, im[a] as number];
    }
  }
  for (let size = 2; size <= TILE; size <<= 1) {
    for (let k = 0; k < size / 2; k += 1) {
      const angle = (-2 * Math.PI * k) / size;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let start = k; start < TILE; start += size) {
        const [a, b] = [from + start * step, from + (start + size / 2) * step];
        const [r, i] = [(re[b] as number) * c - (im[b] as number) * s, (re[b] as number) * s + (im[b] as number) * c];
        re[b] = (re[a] as number) - r;
        im[b] = (im[a] as number) - i;
        re[a] = (re[a] as number) + r;
        im[a] = (im[a] as number) + i;
      }
    }
  }
}

/** The spectrum falls smoothly outwards: each point is held against the ring around it. */
function strongestPeak(power: Float64Array): number {
  const at = (u: number, v: number): number => power[((v + TILE) % TILE) * TILE + ((u + TILE) % TILE)] as number;
  let best = 0;
  for (let v = 0; v <= TILE / 2; v += 1) {
    for (let u = -TILE / 2; u < TILE / 2; u += 1) {
      if (Math.hypot(u, v) / TILE < SLOWEST || ofJpeg(u, v)) continue;
      const ring: number[] = [];
      for (let d = -5; d <= 5; d += 1) ring.push(at(u + d, v - 5), at(u + d, v + 5), at(u - 5, v + d), at(u + 5, v + d));
      const around = ring.sort((a, b) => a - b)[Math.floor(ring.length / 2)] as number;
      const peak = at(u, v) - around;
      if (peak > best) best = peak;
    }
  }
  return best;
}

function ofJpeg(u: number, v: number): boolean {
  const eighth = (value: number): boolean => Math.abs(value - BLOCKS * Math.round(value / BLOCKS)) <= 1;
  return eighth(u) && eighth(v);
}
