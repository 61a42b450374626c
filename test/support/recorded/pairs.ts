/** Photos beside what was recorded at their moment: honest ones as networks bring them, and forged ones. */
import sharp from 'sharp';

import type { Recorded } from '../../../review/checks/recorded/sameFrame.ts';
import { FPS, NETWORKS, PRESSED, coded, decoded, pngOf, sceneOf, seenAll, showingOf } from './clips.ts';
import type { Network, Picture, Shown } from './clips.ts';
import { forgerOf, mirrored } from './forge.ts';

/** How the recorded frame came about beside the photo. */
export const WAYS = ['sameBits', 'recompressed', 'weaker', 'neighbour'] as const;
export type Way = (typeof WAYS)[number];

export const KINDS = ['honest', 'swapped', 'earlier', 'mirrored', 'digit', 'face'] as const;
export type Kind = (typeof KINDS)[number];

export interface Pair {
  readonly seed: number; readonly shown: Shown; readonly kind: Kind; readonly way: Way;
  /** What the recorded frame came through. */
  readonly network: Network;
  readonly photo: Buffer;
  readonly recorded: Recorded;
}

/** Frames before the pressed one that an earlier photo is of: 0.3 to 2 s. */
const EARLIER = [4, 8, 15, 30] as const;
const jpegOf = async ({ data, width, height }: Picture, quality: number): Promise<Buffer> => await sharp(data, { raw: { width, height, channels: 3 } }).jpeg({ quality }).toBuffer();

/** What the recorder would be asked for: a frame, and others around it. */
async function recordedOf(frames: readonly Picture[], at: number, offsetFrames = 0): Promise<Recorded> {
  const around = await Promise.all(EARLIER.map(async (before) => ({ offsetMs: Math.round(((at - before - PRESSED) * 1000) / FPS), jpeg: await jpegOf(frames[at - before] as Picture, 95) })));
  return { png: await pngOf(frames[at] as Picture), offsetMs: Math.round((offsetFrames * 1000) / FPS), around };
}

/** The frames as each network brings them, coded when they are first asked for. */
function coding(frames: readonly Picture[]): (network: Network) => Promise<Picture[]> {
  const made = new Map<Network, Promise<Picture[]>>();
  return async (network) => {
    const one = made.get(network) ?? coded(frames, NETWORKS[network]).then(async (webm) => await decoded(webm, NETWORKS[network].width));
    made.set(network, one);
    return await one;
  };
}

/** All pairs of one seed, one after the other: the same seed always the same. */
export async function* pairsOf(seed: number): AsyncGenerator<Pair> {
  const showing = await showingOf(seed);
  const other = await showingOf(seed + 3_000_000);
  // Half of them in the same room at the same moment of the hand: only the person or card is another.
  const swapped = seed % 2 === 0 ? other : { ...other, room: showing.room, startSeconds: showing.startSeconds };
  const seen = coding(await seenAll(await sceneOf(showing), showing));
  const otherSeen = coding(await seenAll(await sceneOf(swapped), swapped));
  const forger = await forgerOf(showing, seed);
  const { shown } = showing;
  const last = async (network: Network): Promise<Picture> => (await seen(network))[PRESSED] as Picture;
  const all = Object.keys(NETWORKS) as Network[];

  // A run that is cut short has seen each network about as often.
  for (const network of all.map((_, i) => all[(i + seed) % all.length] as Network)) {
    const frames = await seen(network);
    const recorded = await recordedOf(frames, PRESSED);
    const honest = await pngOf(await last(network));
    const pair = (kind: Kind, way: Way, photo: Buffer, at: Recorded = recorded): Pair => ({ seed, shown, kind, way, network, photo, recorded: at });
    yield pair('honest', 'sameBits', honest);
    yield pair('honest', 'recompressed', honest, { ...recorded, png: await jpegOf(await last(network), 40) });
    // Where the frame itself was lost.
    for (const offset of [-1, 1]) yield pair('honest', 'neighbour', honest, await recordedOf(frames, PRESSED + offset, offset));

    const forged = async (from: Network): Promise<[Kind, Picture | null][]> => [
      ['swapped', (await otherSeen(from))[PRESSED] as Picture], ['mirrored', await mirrored(await last(from))],
      ['earlier', (await seen(from))[PRESSED - (EARLIER[seed % EARLIER.length] as number)] as Picture],
      ['digit', await forger.digit(await last(from), NETWORKS[from])], ['face', await forger.face(await last(from), NETWORKS[from])],
    ];
    for (const [kind, picture] of await forged(network)) if (picture !== null) yield pair(kind, 'sameBits', await pngOf(picture));
    if (network === 'good') continue;
    // The photo as a good network brings it, the recording as a weaker one does.
    yield pair('honest', 'weaker', await pngOf(await last('good')));
    for (const [kind, picture] of await forged('good')) if (picture !== null) yield pair(kind, 'weaker', await pngOf(picture));
  }
}
