export { createFileStore } from './filestore.ts';
export type { FileStore, ReadResult } from './filestore.ts';
export type { EvidenceWriter } from './writer.ts';
export { appendEntry, entryHash, sealChapter, verifyChain } from './manifest.ts';
export type { ChainProblem, ManifestEntry, ManifestStore, NewEntry } from './manifest.ts';
