/**
 * The face models (BlazeFace, FaceMesh, FaceRes of @vladmandic/human) on WebAssembly, read from the package's own
 * files. Two sets: finding faces, which always may run, and describing them, whose weights are not even read before
 * the first call with consent (R17).
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);

/** Upright RGB, three bytes a pixel. */
export interface FacePixels { readonly data: Uint8Array; readonly width: number; readonly height: number }

/** Pixels of the picture that was given in. */
export interface FoundFace {
  readonly score: number;
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

export interface DescribedFace extends FoundFace {
  /** Radians. */
  readonly angle: { readonly yaw: number; readonly pitch: number; readonly roll: number };
  /** The 468 points of FaceMesh: x, y in pixels. */
  readonly mesh: readonly (readonly number[])[];
  /** Lives only inside this process, for the length of one call. */
  readonly description: readonly number[];
}

export interface FaceModels {
  find(picture: FacePixels): Promise<FoundFace[]>;
  /** Only with consent. */
  describe(picture: FacePixels): Promise<DescribedFace[]>;
  /** 0…1; same photo 1. */
  similarity(a: readonly number[], b: readonly number[]): number;
  /** Names of the models whose weights were read so far. */
  loaded(): readonly string[];
}

interface Tensor { dispose(): void }
interface HumanFace {
  readonly score: number;
  readonly box: readonly [number, number, number, number];
  readonly mesh: number[][];
  readonly embedding?: number[];
  readonly rotation?: { readonly angle: { readonly yaw: number; readonly pitch: number; readonly roll: number } } | null;
}
interface HumanEngine {
  load(): Promise<void>;
  detect(input: Tensor): Promise<{ readonly error: string | null; readonly face: readonly HumanFace[] }>;
  readonly match: { similarity(a: readonly number[], b: readonly number[]): number };
}
interface HumanModule { readonly Human: new (config: object) => HumanEngine }
interface ModelFile {
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly object[] }[];
  readonly modelTopology: object;
  readonly [other: string]: unknown;
}
interface Core {
  readonly io: { registerLoadRouter(router: (url: unknown) => { load(): Promise<object> } | null): void };
  tensor4d(data: Uint8Array, shape: readonly number[], type: 'int32'): Tensor;
}

/** At least this sure that it is a face; a drawn or half-hidden one may have less. */
const LEAST_SCORE = 0.4;
const MOST_FACES = 6;

/** Loads the face finder; call once a process. */
export async function loadFaceModels(): Promise<FaceModels> {
  const core = require('@tensorflow/tfjs-core') as Core;
  const loaded: string[] = [];
  core.io.registerLoadRouter((url) => (typeof url === 'string' && url.startsWith('file:') ? modelFile(url, loaded) : null));
  // The package exports neither this build nor its models, so both go by path.
  const home = dirname(dirname(require.resolve('@vladmandic/human')));
  const { Human } = require(join(home, 'dist', 'human.node-wasm.js')) as HumanModule;
  const wasmPath = `${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`;
  const modelBasePath = `${pathToFileURL(join(home, 'models')).href}/`;
  const engine = async (describing: boolean): Promise<HumanEngine> => {
    const human = new Human(configuration({ wasmPath, modelBasePath, describing }));
    await human.load();
    return human;
  };
  const finder = await engine(false);
  let describer: Promise<HumanEngine> | undefined;

  const detect = async (human: HumanEngine, { data, width, height }: FacePixels): Promise<readonly HumanFace[]> => {
    const tensor = core.tensor4d(data, [1, height, width, 3], 'int32');
    try {
      const { error, face } = await human.detect(tensor);
      if (error !== null) throw new Error('the face models failed');
      return face;
    } finally {
      tensor.dispose();
    }
  };

  return {
    find: async (picture) => (await detect(finder, picture)).map(found),
    async describe(picture) {
      describer ??= engine(true).catch((error: unknown) => { describer = undefined; throw error; });
      return (await detect(await describer, picture)).flatMap((face) => (face.rotation && face.embedding
        ? [{ ...found(face), angle: face.rotation.angle, mesh: face.mesh, description: face.embedding }] : []));
    },
    similarity: (a, b) => finder.match.similarity(a, b),
    loaded: () => [...loaded],
  };
}

const found = ({ score, box: [x, y, width, height] }: HumanFace): FoundFace => ({ score, box: { x, y, width, height } });

/** tfjs reads models over HTTP only; this reads the same layout from a file and its neighbours. */
function modelFile(url: string, loaded: string[]): { load(): Promise<object> } {
  return {
    async load() {
      loaded.push(url.slice(url.lastIndexOf('/') + 1).replace('.json', ''));
      const { weightsManifest, ...model } = JSON.parse(await readFile(new URL(url), 'utf8')) as ModelFile;
      const parts = await Promise.all(weightsManifest.flatMap(({ paths }) => paths.map((path) => readFile(new URL(path, url)))));
      const weights = Buffer.concat(parts);
      return {
        ...model, weightSpecs: weightsManifest.flatMap((group) => group.weights),
        weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
      };
    },
  };
}

const configuration = ({ wasmPath, modelBasePath, describing }: { wasmPath: string; modelBasePath: string; describing: boolean }): object => {
  const off = { enabled: false };
  return {
    backend: 'wasm', wasmPath, modelBasePath, debug: false, async: true, warmup: 'none',
    // Nothing of one call may serve the next: no cache of models, frames or results.
    cacheModels: false, cacheSensitivity: 0, skipAllowed: false, deallocate: true,
    filter: off, gesture: off, body: off, hand: off, object: off, segmentation: off,
    face: {
      enabled: true, detector: { rotation: false, maxDetected: MOST_FACES, minConfidence: LEAST_SCORE, return: false },
      mesh: { enabled: describing }, description: { enabled: describing },
      attention: off, iris: off, emotion: off, antispoof: off, liveness: off, gear: off,
    },
  };
};
