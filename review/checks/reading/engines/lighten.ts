/**
 * Makes a network compute the same with fewer passes over its pictures. PP-OCRv4 writes each step of its backbone as a
 * convolution and eight passes (scale, shift, and a hard swish spelled out), none of which onnxruntime joins; more than
 * half of its time goes there. What is linear is worked into the convolutions' weights, the hard swish is said in two.
 * The outputs agree to rounding (measured in docs/decisions).
 */
import { constantNode, hasAttribute, integersOf, newNode, numberOf, readOnnx } from './onnxGraph.ts';
import type { FloatTensor, OnnxGraph, OnnxNode } from './onnxGraph.ts';

/** @param bytes an ONNX model; what it does not know in it stays as it is. */
export function lighten(bytes: Uint8Array): Uint8Array {
  const graph = readOnnx(bytes);
  const work = new Work(graph);
  work.each('Clip', sayHardSwish);
  work.each('Conv', takeInScaleAndShift);
  work.each('Conv', takeOverScaleAndShift);
  return graph.encode(work.nodes());
}

/** The graph while it is rewritten: who makes a value, and who uses it. */
class Work {
  private readonly made = new Map<string, OnnxNode>();
  private readonly used = new Map<string, Set<OnnxNode>>();
  private readonly order: OnnxNode[] = [];
  readonly constants: Map<string, FloatTensor>;
  private readonly outputs: ReadonlySet<string>;
  private added = 0;

  constructor(graph: OnnxGraph) {
    this.constants = new Map(graph.constants);
    this.outputs = new Set(graph.outputs);
    for (const node of graph.nodes) this.put(node);
  }

  each(operator: string, rewrite: (work: Work, node: OnnxNode) => void): void {
    for (const node of [...this.made.values()].filter((one) => one.operator === operator)) if (this.made.get(nameOf(node)) === node) rewrite(this, node);
  }

  maker(value: string | undefined): OnnxNode | undefined { return value === undefined ? undefined : this.made.get(value); }

  /** The one node that uses a value; undefined when there are several, or it leaves the graph. */
  onlyUser(value: string): OnnxNode | undefined {
    const users = [...(this.used.get(value) ?? [])];
    return users.length === 1 && !this.outputs.has(value) ? users[0] : undefined;
  }

  users(value: string): number { return this.outputs.has(value) ? Infinity : (this.used.get(value)?.size ?? 0); }

  /** A constant of one number. */
  single(value: string | undefined): number | undefined {
    const tensor = this.constants.get(value ?? '');
    return tensor?.values.length === 1 ? tensor.values[0] : undefined;
  }

  /** One constant number among a node's two inputs, and the other input. */
  scalar(node: OnnxNode): { number: number; other: string } | null {
    for (const [constant, other] of [[node.inputs[0], node.inputs[1]], [node.inputs[1], node.inputs[0]]]) {
      const tensor = constant === undefined ? undefined : this.constants.get(constant);
      if (node.inputs.length === 2 && tensor?.values.length === 1 && other !== undefined && !this.constants.has(other)) return { number: tensor.values[0] as number, other };
    }
    return null;
  }

  replace(gone: readonly OnnxNode[], by: readonly OnnxNode[]): void {
    const at = Math.min(...gone.map((node) => this.order.indexOf(node)));
    for (const node of gone) {
      this.made.delete(nameOf(node));
      for (const input of node.inputs) this.used.get(input)?.delete(node);
      this.order.splice(this.order.indexOf(node), 1);
    }
    by.forEach((node, i) => this.put(node, at + i));
  }

  private put(node: OnnxNode, at = this.order.length): void {
    this.order.splice(at, 0, node);
    this.made.set(nameOf(node), node);
    for (const input of node.inputs) this.used.set(input, (this.used.get(input) ?? new Set()).add(node));
  }

  /** In an order in which each value is made before it is used; constants that nobody uses any more are left out. */
  nodes(): OnnxNode[] {
    const sorted: OnnxNode[] = [];
    const seen = new Set<OnnxNode>();
    const visit = (node: OnnxNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const input of node.inputs) { const maker = this.made.get(input); if (maker !== undefined) visit(maker); }
      sorted.push(node);
    };
    for (const node of this.order) if (node.operator !== 'Constant' || node.outputs.some((output) => (this.used.get(output)?.size ?? 0) > 0 || this.outputs.has(output))) visit(node);
    return sorted;
  }

  /** A new constant, under a name that nothing else has. */
  constant(tensor: FloatTensor): OnnxNode {
    const name = `lightened.${this.added += 1}`;
    this.constants.set(name, tensor);
    return constantNode(name, tensor);
  }
}

const nameOf = (node: OnnxNode): string => node.outputs[0] ?? '';

/** x · clip(x + 3, 0, 6) ÷ 6 is x · hardSigmoid(x). */
function sayHardSwish(work: Work, clip: OnnxNode): void {
  const plus = work.maker(clip.inputs[0]);
  const times = work.onlyUser(nameOf(clip));
  const divided = times === undefined ? undefined : work.onlyUser(nameOf(times));
  if (plus?.operator !== 'Add' || times?.operator !== 'Mul' || divided?.operator !== 'Div' || work.onlyUser(nameOf(plus)) !== clip) return;
  const shifted = work.scalar(plus);
  if (shifted?.number !== 3 || !times.inputs.includes(shifted.other) || divided.inputs[0] !== nameOf(times) || work.single(divided.inputs[1]) !== 6) return;
  // Its bounds are attributes in older models, inputs in newer ones.
  if ((numberOf(clip, 'min') ?? work.single(clip.inputs[1])) !== 0 || (numberOf(clip, 'max') ?? work.single(clip.inputs[2])) !== 6) return;
  const gate = `${nameOf(divided)}.gate`;
  work.replace([plus, clip, times, divided], [
    newNode('HardSigmoid', [shifted.other], gate, { floats: { alpha: 1 / 6, beta: 0.5 } }),
    newNode('Mul', [shifted.other, gate], nameOf(divided)),
  ]);
}

/** A scale and a shift right behind a convolution become part of its weights. */
function takeInScaleAndShift(work: Work, convolution: OnnxNode): void {
  let conv = convolution;
  for (let next = work.onlyUser(nameOf(conv)); next !== undefined && (next.operator === 'Mul' || next.operator === 'Add'); next = work.onlyUser(nameOf(conv))) {
    const scalar = work.scalar(next);
    const [weights, bias] = [work.constants.get(conv.inputs[1] ?? ''), work.constants.get(conv.inputs[2] ?? '')];
    if (scalar === null || weights === undefined || (conv.inputs.length > 2 && bias === undefined)) return;
    const [gain, shift] = next.operator === 'Mul' ? [scalar.number, 0] : [1, scalar.number];
    const before = bias?.values ?? new Float32Array(weights.dims[0] as number);
    conv = rewritten(work, conv, [conv, next], nameOf(next), weights.values.map((w) => w * gain), before.map((b) => b * gain + shift));
  }
}

/** A scale, and a shift, right before a convolution become part of its weights. Beyond a padded edge there is no shift: there it stays, divided by the scale. */
function takeOverScaleAndShift(work: Work, conv: OnnxNode): void {
  const shiftNode = work.maker(conv.inputs[0]);
  const scaleNode = work.maker(shiftNode?.operator === 'Add' ? work.scalar(shiftNode)?.other : undefined);
  if (shiftNode === undefined || scaleNode?.operator !== 'Mul' || work.users(nameOf(shiftNode)) !== 1 || work.users(nameOf(scaleNode)) !== 1) return;
  const [shift, scale] = [work.scalar(shiftNode), work.scalar(scaleNode)];
  const [weights, bias] = [work.constants.get(conv.inputs[1] ?? ''), work.constants.get(conv.inputs[2] ?? '')];
  if (shift === null || scale === null || scale.number === 0 || weights === undefined || (conv.inputs.length > 2 && bias === undefined)) return;
  if (hasAttribute(conv, 'auto_pad')) return;
  const before = bias?.values ?? new Float32Array(weights.dims[0] as number);
  const scaled = weights.values.map((w) => w * scale.number);
  if (integersOf(conv, 'pads').some((pad) => pad !== 0)) {
    const rest = `${nameOf(shiftNode)}.rest`;
    // Only of a depthwise convolution is it known how many channels come in.
    const group = weights.dims[0] as number;
    if (weights.dims[1] !== 1 || numberOf(conv, 'group') !== group) return;
    const [ones, by] = [
      work.constant({ dims: [group, 1, 1, 1], values: new Float32Array(group).fill(1) }),
      work.constant({ dims: [group], values: new Float32Array(group).fill(shift.number / scale.number) }),
    ];
    const kept = [ones, by, newNode('Conv', [scale.other, nameOf(ones), nameOf(by)], rest, { integers: { group } })];
    rewritten(work, { ...conv, inputs: [rest, ...conv.inputs.slice(1)] }, [conv, shiftNode, scaleNode], nameOf(conv), scaled, before, kept);
    return;
  }
  const each = weights.values.length / before.length;
  const sums = before.map((b, i) => b + shift.number * weights.values.subarray(i * each, (i + 1) * each).reduce((sum, w) => sum + w, 0));
  rewritten(work, { ...conv, inputs: [scale.other, ...conv.inputs.slice(1)] }, [conv, shiftNode, scaleNode], nameOf(conv), scaled, sums);
}

/** The convolution with other weights, in place of what is gone. */
function rewritten(work: Work, conv: OnnxNode, gone: readonly OnnxNode[], output: string, weights: Float32Array, bias: Float32Array, kept: readonly OnnxNode[] = []): OnnxNode {
  const dims = work.constants.get(conv.inputs[1] ?? '')?.dims ?? [];
  const [w, b] = [work.constant({ dims, values: weights }), work.constant({ dims: [bias.length], values: bias })];
  const changed: OnnxNode = { ...conv, inputs: [conv.inputs[0] ?? '', nameOf(w), nameOf(b)], outputs: [output] };
  work.replace(gone, [w, b, ...kept, changed]);
  return changed;
}
