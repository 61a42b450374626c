/** One look at the camera's picture: mean light 0…255 and sharpness (variance of the Laplacian of the grey picture). */
export interface PictureMeasure { readonly light: number; readonly sharpness: number }

/** Limits for a picture of 320 px width; a frame out of focus lies far below, a lit desk far inside. */
export const SEAT_LIMITS = { dark: 60, bright: 215, sharp: 60, microphone: 0.015 } as const;

/** Measures RGBA pixels; pictures smaller than 3×3 measure as black. */
export function measurePicture(rgba: Uint8ClampedArray, width: number, height: number): PictureMeasure {
  const grey = new Float32Array(width * height);
  let sum = 0;
  for (let i = 0; i < grey.length; i += 1) {
    const p = i * 4;
    const value = 0.299 * (rgba[p] ?? 0) + 0.587 * (rgba[p + 1] ?? 0) + 0.114 * (rgba[p + 2] ?? 0);
    grey[i] = value;
    sum += value;
  }
  let total = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const i = y * width + x;
      const edge = 4 * (grey[i] ?? 0) - (grey[i - 1] ?? 0) - (grey[i + 1] ?? 0) - (grey[i - width] ?? 0) - (grey[i + width] ?? 0);
      total += edge;
      squares += edge * edge;
      count += 1;
    }
  }
  if (count === 0) return { light: 0, sharpness: 0 };
  const mean = total / count;
  return { light: sum / grey.length, sharpness: squares / count - mean * mean };
}

export type LightVerdict = 'ok' | 'dark' | 'bright';
export const lightOf = (light: number): LightVerdict => (light < SEAT_LIMITS.dark ? 'dark' : light > SEAT_LIMITS.bright ? 'bright' : 'ok');
export const isSharp = (sharpness: number): boolean => sharpness >= SEAT_LIMITS.sharp;

/** Loudness 0…1 (root mean square) of samples −1…1. */
export function loudness(samples: Float32Array): number {
  let squares = 0;
  for (const s of samples) squares += s * s;
  return samples.length === 0 ? 0 : Math.sqrt(squares / samples.length);
}
