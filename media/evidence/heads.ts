/** Signed heads: "at this time the manifest of this case had so many lines with this root" (Ed25519, RFC 8032). Pure. */
import { createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/**
 * `checkpoint`: while a call is live; `seal`: the end of a session's chapter; `later`: what came after it;
 * `destroyed`: the case's key was destroyed (R44), its lines stay and their contents are closed for ever.
 * `log`: over all published heads of all cases, once a day; its "case" is `-`.
 */
export const HEAD_KINDS = ['checkpoint', 'seal', 'later', 'destroyed', 'log'] as const;
export type HeadKind = (typeof HEAD_KINDS)[number];

export interface Head {
  readonly kind: HeadKind;
  readonly caseId: string;
  readonly sessionId?: string | undefined;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly at: Date;
  readonly keyId: string;
}

export interface SignedHead { readonly text: string; readonly signature: string }

/** What is signed: seven lines that a person can read. */
export const headText = ({ kind, caseId, sessionId, size, root, at, keyId }: Head): string =>
  `video-witness head 1\nkind ${kind}\ncase ${caseId}\nsession ${sessionId ?? '-'}\nsize ${size}\nroot ${root}\nat ${at.toISOString()}\nkey ${keyId}\n`;

const HEAD = /^video-witness head 1\nkind (checkpoint|seal|later|destroyed|log)\ncase (\S+)\nsession (\S+)\nsize (\d{1,15})\nroot ([0-9a-f]{64})\nat (\S+)\nkey (\S+)\n$/;

/** null when it is no head's text. */
export function parseHead(text: string): Head | null {
  const match = HEAD.exec(text);
  if (match === null) return null;
  const [, kind, caseId, session, size, root, at, keyId] = match as unknown as [string, HeadKind, string, string, string, string, string, string];
  return { kind, caseId, sessionId: session === '-' ? undefined : session, size: Number(size), root, at: new Date(at), keyId };
}

export function signHead(head: Head, privateKey: KeyObject): SignedHead {
  const text = headText(head);
  return { text, signature: sign(null, Buffer.from(text), privateKey).toString('base64') };
}

/** @param publicKey PEM or key */
export function isSignedBy({ text, signature }: SignedHead, publicKey: KeyObject | string): boolean {
  try {
    return verify(null, Buffer.from(text), typeof publicKey === 'string' ? createPublicKey(publicKey) : publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

/** What is handed out beside the manifest, signed with it: the pages for reading are nobody's proof, but nobody changes them unseen either. */
export interface HandedOut {
  readonly caseId: string;
  readonly at: Date;
  /** Name and SHA-256 in hex. */
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  readonly keyId: string;
}

export function signHandedOut({ caseId, at, files, keyId }: HandedOut, privateKey: KeyObject): SignedHead {
  const text = `video-witness bundle 1\ncase ${caseId}\nat ${at.toISOString()}\n${files.map(({ name, sha256 }) => `file ${sha256} ${name}\n`).join('')}key ${keyId}\n`;
  return { text, signature: sign(null, Buffer.from(text), privateKey).toString('base64') };
}
