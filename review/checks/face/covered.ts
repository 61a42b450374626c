/**
 * Whether something that is not skin lies over the eyes, or over mouth and nose ("bareheaded, complete, clear", R20).
 * Colours at points of the face mesh are compared with the skin of the same face, so neither light nor complexion
 * counts. What covers the hair cannot be told this way: that stays with the person who looks. Pure.
 */
import type { FacePixels } from './models.ts';

type Mesh = readonly (readonly number[])[];

/** Points of FaceMesh. Lids and the skin below the eye are bare on every face; lenses of dark glasses lie over them. */
const EYES = [27, 28, 29, 230, 231, 232, 119, 257, 258, 259, 450, 451, 452, 348];
const SKIN_FOR_EYES = [50, 205, 280, 425, 5, 9, 151, 4];
/** Nose, upper lip and the cheeks beside them: no beard grows on the nose. */
const MOUTH = [4, 5, 1, 195, 205, 425, 50, 280, 164];
const SKIN_FOR_MOUTH = [9, 8, 107, 336, 66, 296, 168];

/** Distance at which a patch begins to look foreign, and at which it surely is. Measured: docs/decisions/0016-faces-as-advice.md. */
export const COVER_RANGE = { eyes: { from: 0.4, to: 0.8 }, mouth: { from: 0.25, to: 0.6 } } as const;

/** 0…1 each. `mesh` in pixels of `picture`. */
export function coverage(picture: FacePixels, mesh: Mesh): { eyesCovered: number; mouthCovered: number } {
  const width = Math.max(...mesh.map((p) => p[0] as number)) - Math.min(...mesh.map((p) => p[0] as number));
  const radius = Math.max(1, width * 0.02);
  const patches = (points: readonly number[]): Colour[] => points.map((i) => patchAt(picture, mesh[i] as readonly number[], radius));
  return {
    eyesCovered: foreign(patches(EYES), patches(SKIN_FOR_EYES), COVER_RANGE.eyes),
    mouthCovered: foreign(patches(MOUTH), patches(SKIN_FOR_MOUTH), COVER_RANGE.mouth),
  };
}

/** Logarithms: brightness, red against green, blue against green. A change of light adds the same everywhere. */
type Colour = readonly [light: number, red: number, blue: number];

function patchAt({ data, width, height }: FacePixels, [cx = 0, cy = 0]: readonly number[], radius: number): Colour {
  const sum = [0, 0, 0];
  let count = 0;
  for (let y = Math.round(cy - radius); y <= cy + radius; y += 1) {
    for (let x = Math.round(cx - radius); x <= cx + radius; x += 1) {
      const at = 3 * (Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x)));
      for (let c = 0; c < 3; c += 1) sum[c] = (sum[c] as number) + (data[at + c] as number);
      count += 1;
    }
  }
  const [r, g, b] = sum.map((total) => total / count + 8) as [number, number, number];
  return [Math.log(0.3 * r + 0.59 * g + 0.11 * b), Math.log(r / g), Math.log(b / g)];
}

/** How far the middle one of the patches lies from the middle of the skin. */
function foreign(patches: readonly Colour[], skin: readonly Colour[], { from, to }: { readonly from: number; readonly to: number }): number {
  const own = [0, 1, 2].map((c) => median(skin.map((colour) => colour[c] as number))) as unknown as Colour;
  // Shadow and make-up change brightness more than hue, so brightness counts less.
  const distance = median(patches.map((patch) => Math.hypot(0.6 * (patch[0] - own[0]), 1.5 * (patch[1] - own[1]), 1.5 * (patch[2] - own[2]))));
  return Math.min(1, Math.max(0, (distance - from) / (to - from)));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
