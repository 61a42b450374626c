import type { CodedFrame } from './webmreader.ts';

/** So many of the newest pictures stay decoded (1.4 MB each at 720p): that far a step back costs nothing. */
const KEPT = 16;
/** So many are handed to the decoder ahead of what has come out of it. */
const AHEAD = 24;

/**
 * Decodes a segment's pictures from the key frame before the wanted one up to it, keeping only the last few; a later one of the same
 * segment goes on where the last one ended. Owner of the decoder and of every picture in it. Worker only.
 */
export const createStillDecoder = (options: { onPicture(): void; /** Of these frames the one at this place, and what is built on it; `content`: it is no picture, another decoder will not have it either. */ onFailed(of: readonly CodedFrame[], from: number, content: boolean): void }) => {
  const kept = new Map<number, VideoFrame>();
  /** The key frame that was decoded last, which is shown before anything else. */
  let keyPicture: { frames: readonly CodedFrame[]; index: number; picture: VideoFrame } | undefined;
  let decoder: VideoDecoder | undefined;
  let frames: readonly CodedFrame[] = [];
  let goal = -1;
  /** The next to be handed over, and the last that has come out. */
  let next = 0;
  let out = -1;

  const drop = (): void => {
    for (const picture of kept.values()) picture.close();
    kept.clear();
  };
  const failed = (error: unknown): void => {
    if (decoder !== undefined && decoder.state !== 'closed') decoder.close();
    decoder = undefined;
    drop();
    const of = frames;
    frames = [];
    options.onFailed(of, out + 1, (error as DOMException).name === 'EncodingError');
  };
  const came = (picture: VideoFrame): void => {
    // The time stamp is the frame's place in its segment.
    const index = picture.timestamp;
    out = index;
    if (frames[index]?.key) {
      keyPicture?.picture.close();
      keyPicture = { frames, index, picture: picture.clone() };
    }
    if (index > goal - KEPT) kept.set(index, picture);
    else picture.close();
    for (const [old, one] of kept) if (kept.size > KEPT) { one.close(); kept.delete(old); }
    options.onPicture();
    feed();
  };
  function feed(): void {
    if (decoder?.state !== 'configured') return;
    while (next <= goal && decoder.decodeQueueSize < AHEAD) {
      const { key, data } = frames[next]!;
      decoder.decode(new EncodedVideoChunk({ type: key ? 'key' : 'delta', timestamp: next, data }));
      next += 1;
    }
  }
  const restart = (of: readonly CodedFrame[], key: number): void => {
    drop();
    if (decoder === undefined) {
      decoder = new VideoDecoder({ output: came, error: failed });
      decoder.addEventListener('dequeue', feed);
    } else decoder.reset();
    [frames, next, out] = [of, key, key - 1];
    decoder.configure({ codec: 'vp8', optimizeForLatency: true, hardwareAcceleration: 'prefer-software' });
  };

  return {
    /** The picture at this place is wanted, and what is before it in the same array is there; nothing of an older wish is decoded on. */
    aim(of: readonly CodedFrame[], index: number): void {
      const key = of.findLastIndex((one, i) => i <= index && one.key);
      if (key < 0) { options.onFailed(of, 0, true); return; }
      const same = of === frames && decoder !== undefined;
      goal = index;
      if (same && kept.has(index)) return;
      try {
        if (!same || index <= out || key > next) restart(of, key);
        feed();
      } catch (error) { failed(error); }
    },
    /** The picture at this place, if it is decoded; stays the decoder's. */
    picture(of: readonly CodedFrame[], index: number): VideoFrame | undefined {
      if (keyPicture?.frames === of && keyPicture.index === index) return keyPicture.picture;
      return of === frames ? kept.get(index) : undefined;
    },
    /** Nothing is wanted for now: gives the pictures' memory back. */
    rest(): void {
      drop();
      keyPicture?.picture.close();
      keyPicture = undefined;
      if (decoder?.state === 'configured') decoder.reset();
      [frames, goal] = [[], -1];
    },
  };
};
