/** The Fourier transform of square pieces of a picture. Pure. */

/** Pixels along a piece. */
export const TILE = 128;
const BITS = 7;

const COS = Float64Array.from({ length: TILE / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / TILE));
const SIN = Float64Array.from({ length: TILE / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / TILE));
const REVERSED = Uint8Array.from({ length: TILE }, (_, i) => {
  let r = 0;
  for (let bit = 0; bit < BITS; bit += 1) if (i & (1 << bit)) r |= 1 << (BITS - 1 - bit);
  return r;
});

/** Transforms `TILE` × `TILE` complex values in place, frequency 0 first. */
export function transform(re: Float64Array, im: Float64Array): void {
  for (let row = 0; row < TILE; row += 1) along(re, im, row * TILE, 1);
  for (let column = 0; column < TILE; column += 1) along(re, im, column, TILE);
}

/** Cooley and Tukey's, radix 2, one row or column. */
function along(re: Float64Array, im: Float64Array, start: number, step: number): void {
  for (let i = 0; i < TILE; i += 1) {
    const j = REVERSED[i] as number;
    if (j <= i) continue;
    const p = start + i * step;
    const q = start + j * step;
    const r = re[p] as number;
    const m = im[p] as number;
    re[p] = re[q] as number;
    im[p] = im[q] as number;
    re[q] = r;
    im[q] = m;
  }
  for (let half = 1; half < TILE; half *= 2) {
    const stride = TILE / (2 * half);
    for (let k = 0; k < half; k += 1) {
      const c = COS[k * stride] as number;
      const s = SIN[k * stride] as number;
      for (let i = k; i < TILE; i += 2 * half) {
        const p = start + i * step;
        const q = p + half * step;
        const r = (re[q] as number) * c - (im[q] as number) * s;
        const m = (re[q] as number) * s + (im[q] as number) * c;
        re[q] = (re[p] as number) - r;
        im[q] = (im[p] as number) - m;
        re[p] = (re[p] as number) + r;
        im[p] = (im[p] as number) + m;
      }
    }
  }
}
