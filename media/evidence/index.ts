export { createFileStore } from './filestore.ts';
export type { FileStore, ReadResult } from './filestore.ts';
export type { EvidenceWriter } from './writer.ts';
export { nextLine, ZERO_HASH } from './chain.ts';
export type { ChainEnd, ManifestLine, NewEntry } from './chain.ts';
export { headText, isSignedBy, parseHead, signHandedOut, signHead } from './heads.ts';
export type { Head, HeadKind, SignedHead } from './heads.ts';
export { appendLeaf, edgeOf, EMPTY_EDGE, inclusionProof, leafHash, rootOf } from './merkle.ts';
export type { Edge, Hash } from './merkle.ts';
