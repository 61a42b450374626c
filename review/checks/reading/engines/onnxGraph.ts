/**
 * An ONNX model as far as rewriting its graph needs (onnx.proto3 of the ONNX project): nodes and constant floats are
 * taken apart, all else is carried over byte by byte.
 */
import { PbfReader, PbfWriter } from 'pbf';

export interface OnnxNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  /** Its first output's name is the node's. */
  readonly outputs: readonly string[];
  /** Fields that are only carried over: attributes, name, and so on. */
  readonly rest: Uint8Array;
}

export interface FloatTensor { readonly dims: readonly number[]; readonly values: Float32Array }

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  /** What is constant in it, by name: 32-bit floats only. */
  readonly constants: ReadonlyMap<string, FloatTensor>;
  readonly outputs: readonly string[];
  /** The model with these nodes instead. */
  encode(nodes: readonly OnnxNode[]): Uint8Array;
}

/** Field numbers and wire types of onnx.proto3. */
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, initializer: 5, output: 12 } as const;
const NODE = { input: 1, output: 2, operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, float: 2, integer: 3, tensor: 5, integers: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { float: 1, integer: 2, tensor: 4 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9 } as const;
const FLOAT32 = 1;
const BYTES = 2;

interface Field { readonly number: number; readonly wire: number; readonly content: Uint8Array; readonly whole: Uint8Array }

/** @throws Error for bytes that are no ONNX model. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const model = fieldsOf(bytes);
  const graph = model.find(({ number }) => number === MODEL_GRAPH);
  if (graph === undefined) throw new Error('This is no ONNX model: it has no graph.');
  const fields = fieldsOf(graph.content);
  const nodes = fields.filter(({ number }) => number === GRAPH.node).map(({ content }) => readNode(content));
  const constants = new Map<string, FloatTensor>();
  for (const { content } of fields.filter(({ number }) => number === GRAPH.initializer)) keep(constants, textOf(content, TENSOR.name), readTensor(content));
  for (const node of nodes.filter(({ operator }) => operator === 'Constant')) keep(constants, node.outputs[0], readTensor(attribute(node, 'value', ATTRIBUTE.tensor)));
  return {
    nodes, constants, outputs: fields.filter(({ number }) => number === GRAPH.output).map(({ content }) => textOf(content, 1) ?? ''),
    encode: (changed) => {
      const body = joined([...changed.map((node) => message(GRAPH.node, writeNode(node))), ...fields.filter(({ number }) => number !== GRAPH.node).map(({ whole }) => whole)]);
      return joined(model.map(({ number, whole }) => (number === MODEL_GRAPH ? message(MODEL_GRAPH, body) : whole)));
    },
  };
}

const keep = (constants: Map<string, FloatTensor>, name: string | undefined, tensor: FloatTensor | null): void => { if (name !== undefined && tensor !== null) constants.set(name, tensor); };

/** A constant of floats as a node of the graph. */
export function constantNode(name: string, { dims, values }: FloatTensor): OnnxNode {
  const tensor = encoded((writer) => {
    for (const dim of dims) writer.writeVarintField(TENSOR.dims, dim);
    writer.writeVarintField(TENSOR.type, FLOAT32);
    writer.writeBytesField(TENSOR.raw, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  });
  return { operator: 'Constant', inputs: [], outputs: [name], rest: attributeField('value', (writer) => { writer.writeBytesField(ATTRIBUTE.tensor, tensor); writer.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor); }) };
}

/** A node with attributes of one number each. */
export const newNode = (operator: string, inputs: readonly string[], output: string, attributes: { readonly floats?: Readonly<Record<string, number>>; readonly integers?: Readonly<Record<string, number>> } = {}): OnnxNode => ({
  operator, inputs, outputs: [output],
  rest: joined([
    ...Object.entries(attributes.floats ?? {}).map(([name, value]) => attributeField(name, (writer) => { writer.writeFloatField(ATTRIBUTE.float, value); writer.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float); })),
    ...Object.entries(attributes.integers ?? {}).map(([name, value]) => attributeField(name, (writer) => { writer.writeVarintField(ATTRIBUTE.integer, value); writer.writeVarintField(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer); })),
  ]),
});

export const hasAttribute = (node: OnnxNode, name: string): boolean => attributeBytes(node, name).length > 0;

/** A node's float, or single whole number; undefined when it has none of that name. */
export function numberOf(node: OnnxNode, name: string): number | undefined {
  const fields = fieldsOf(attributeBytes(node, name));
  const [float, integer] = [fields.find(({ number }) => number === ATTRIBUTE.float), fields.find(({ number }) => number === ATTRIBUTE.integer)];
  if (float !== undefined) return new DataView(Uint8Array.from(float.content).buffer).getFloat32(0, true);
  return integer === undefined ? undefined : varints(integer.content, false)[0];
}

/** A node's attribute of whole numbers; empty when it has none of that name. */
export const integersOf = (node: OnnxNode, name: string): number[] => fieldsOf(attributeBytes(node, name)).filter(({ number }) => number === ATTRIBUTE.integers)
  .flatMap(({ wire, content }) => varints(content, wire === BYTES));

const attributeField = (name: string, write: (writer: PbfWriter) => void): Uint8Array =>
  message(NODE.attribute, encoded((writer) => { writer.writeStringField(ATTRIBUTE.name, name); write(writer); }));

function readNode(bytes: Uint8Array): OnnxNode {
  const fields = fieldsOf(bytes);
  const texts = (wanted: number): string[] => fields.filter(({ number }) => number === wanted).map(({ content }) => TEXT.decode(content));
  const taken: readonly number[] = [NODE.input, NODE.output, NODE.operator];
  return { operator: texts(NODE.operator)[0] ?? '', inputs: texts(NODE.input), outputs: texts(NODE.output), rest: joined(fields.filter(({ number }) => !taken.includes(number)).map(({ whole }) => whole)) };
}

const writeNode = ({ operator, inputs, outputs, rest }: OnnxNode): Uint8Array => joined([encoded((writer) => {
  for (const input of inputs) writer.writeStringField(NODE.input, input);
  for (const output of outputs) writer.writeStringField(NODE.output, output);
  writer.writeStringField(NODE.operator, operator);
}), rest]);

const attributeBytes = (node: OnnxNode, name: string): Uint8Array =>
  fieldsOf(node.rest).filter(({ number }) => number === NODE.attribute).map(({ content }) => content).find((content) => textOf(content, ATTRIBUTE.name) === name) ?? new Uint8Array();
const attribute = (node: OnnxNode, name: string, field: number): Uint8Array => fieldsOf(attributeBytes(node, name)).find(({ number }) => number === field)?.content ?? new Uint8Array();

/** Null for anything but 32-bit floats. */
function readTensor(bytes: Uint8Array): FloatTensor | null {
  const fields = fieldsOf(bytes);
  const of = (wanted: number): Field[] => fields.filter(({ number }) => number === wanted);
  if (of(TENSOR.type).flatMap(({ content }) => varints(content, true))[0] !== FLOAT32) return null;
  const dims = of(TENSOR.dims).flatMap(({ content }) => varints(content, true));
  const [raw, floats] = [of(TENSOR.raw)[0], of(TENSOR.floats)];
  const data = raw?.content ?? joined(floats.map(({ content }) => content));
  return { dims, values: new Float32Array(Uint8Array.from(data).buffer) };
}

function varints(bytes: Uint8Array, packed: boolean): number[] {
  const reader = new PbfReader(bytes);
  const values: number[] = [];
  while (reader.pos < bytes.length && (packed || values.length === 0)) values.push(reader.readVarint(true));
  return values;
}

const TEXT = new TextDecoder();
const textOf = (bytes: Uint8Array, wanted: number): string | undefined => {
  const field = fieldsOf(bytes).find(({ number }) => number === wanted);
  return field === undefined ? undefined : TEXT.decode(field.content);
};

function fieldsOf(bytes: Uint8Array): Field[] {
  const reader = new PbfReader(bytes);
  const fields: Field[] = [];
  for (let from = 0; from < bytes.length; from = reader.pos) {
    const number = reader.nextField(bytes.length);
    const [wire, start] = [reader.type, reader.pos];
    if (wire === BYTES) {
      fields.push({ number, wire, content: reader.readBytes(), whole: bytes.subarray(from, reader.pos) });
    } else {
      reader.skip((number << 3) | wire);
      fields.push({ number, wire, content: bytes.subarray(start, reader.pos), whole: bytes.subarray(from, reader.pos) });
    }
  }
  return fields;
}

function encoded(write: (writer: PbfWriter) => void): Uint8Array {
  const writer = new PbfWriter();
  write(writer);
  return writer.finish();
}

const message = (number: number, content: Uint8Array): Uint8Array => joined([encoded((writer) => { writer.writeVarint((number << 3) | BYTES); writer.writeVarint(content.length); }), content]);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { out.set(part, at); at += part.length; }
  return out;
}
