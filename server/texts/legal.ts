import { createHash } from 'node:crypto';
import type { LegalText } from '../../contracts/http/client.ts';

interface Words { readonly zh: string; readonly en: string }
/** A text before it is hashed; paragraphs are joined by an empty line. */
export interface TextSource { readonly version: string; readonly title: Words; readonly zh: readonly string[]; readonly en: readonly string[] }

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** A text in full with the hashes of its bodies: exactly these bytes are shown, agreed to and signed. */
export function legalText<Id extends string>(id: Id, source: TextSource): LegalText & { id: Id } {
  const body = { zh: source.zh.join('\n\n'), en: source.en.join('\n\n') };
  return { id, version: source.version, title: source.title, body, sha256: { zh: sha256(body.zh), en: sha256(body.en) } };
}
