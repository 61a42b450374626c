/** The networks that read cards, rewritten for speed, must answer what they were trained to answer. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

import { lighten } from '../../review/checks/reading/engines/lighten.ts';

type Compared = Readonly<Record<'values' | 'steps' | 'bytes', readonly [number, number]>> & { readonly largest: number; readonly difference: number };

async function compared(file: string, dims: readonly number[]): Promise<Compared> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(new URL('lighten.process.ts', import.meta.url)), file, ...dims.map(String)], { env: { ...process.env, NODE_OPTIONS: '' } });
  return JSON.parse(stdout) as Compared;
}

describe('a network with fewer passes answers as the original does (R14)', () => {
  test.each([['ch_PP-OCRv4_rec_infer.onnx', [1, 3, 48, 200]], ['ch_PP-OCRv4_det_infer.onnx', [1, 3, 160, 224]]] as const)('%s, to rounding', async (file, dims) => {
    const { values, largest, difference, steps, bytes } = await compared(file, dims);
    expect(values[1]).toBe(values[0]);
    expect(largest).toBeGreaterThan(0.1);
    expect(difference).toBeLessThan(1e-4);
    expect(steps[1]).toBeLessThan(0.75 * steps[0]);
    expect(bytes[1]).toBeLessThan(1.01 * bytes[0]);
  });
  test('bytes that are no network are refused by name', () => {
    expect(() => lighten(Uint8Array.of(8, 1))).toThrow('This is no ONNX model');
  });
});
