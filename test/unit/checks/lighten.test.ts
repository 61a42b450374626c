import { describe, expect, test } from '@jest/globals';
import { PbfWriter } from 'pbf';

import { lighten } from '../../../review/checks/reading/engines/lighten.ts';
import { constantNode, newNode, readOnnx } from '../../../review/checks/reading/engines/onnxGraph.ts';
import type { OnnxNode } from '../../../review/checks/reading/engines/onnxGraph.ts';

/** A model of one float initializer `w` and no nodes: field numbers of onnx.proto3. */
function emptyModel(values: readonly number[]): Buffer {
  const graph = new PbfWriter();
  graph.writeMessage(5, (floats: readonly number[], tensor) => {
    tensor.writeVarintField(1, floats.length);
    tensor.writeVarintField(2, 1);
    tensor.writeStringField(8, 'w');
    tensor.writeBytesField(9, new Uint8Array(Float32Array.from(floats).buffer));
  }, values);
  graph.writeMessage(12, (name: string, output) => { output.writeStringField(1, name); }, 'y');
  const model = new PbfWriter();
  model.writeBytesField(7, graph.finish());
  return Buffer.from(model.finish());
}

const one = (name: string, value: number): OnnxNode => constantNode(name, { dims: [1], values: Float32Array.of(value) });
/** x · clip(x + 3, 0, `most`) ÷ 6 */
const hardSwish = (most: number): Uint8Array => readOnnx(emptyModel([1])).encode([
  one('three', 3), one('none', 0), one('most', most), one('six', 6),
  newNode('Add', ['x', 'three'], 'plus'), newNode('Clip', ['plus', 'none', 'most'], 'clipped'), newNode('Mul', ['x', 'clipped'], 'times'), newNode('Div', ['times', 'six'], 'y'),
]);
const operators = (model: Uint8Array): string[] => readOnnx(model).nodes.map(({ operator }) => operator).filter((operator) => operator !== 'Constant');

describe('a network is rewritten only where every number is known', () => {
  test('a hard swish in four steps is said in two', () => {
    expect(operators(lighten(hardSwish(6)))).toEqual(['HardSigmoid', 'Mul']);
  });
  test('what only looks like one stays as it is', () => {
    expect(operators(lighten(hardSwish(3)))).toEqual(['Add', 'Clip', 'Mul', 'Div']);
  });
  test('weights are read as they stand in the file, wherever in it that is', () => {
    expect(Array.from(readOnnx(emptyModel([1.5, -2, 0.25])).constants.get('w')!.values)).toEqual([1.5, -2, 0.25]);
  });
});
