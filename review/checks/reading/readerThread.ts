/** One reading thread: pictures in, readings out, one at a time. Everything heavy happens here, off the event loop. */
import { parentPort } from 'node:worker_threads';

import type { DocumentReading } from '../../../contracts/reading.ts';
import { createOcr } from './ocr.ts';
import { readDocument } from './readDocument.ts';

export interface ReadRequest { readonly id: number; readonly image: Uint8Array; readonly expect?: 'portrait' | 'emblem' | undefined }
export type ReadAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly reading: DocumentReading }
  // A fault's words could quote the picture's contents; only its kind leaves the thread.
  | { readonly type: 'failed'; readonly id: number; readonly reason: 'undecodable' | 'fault'; readonly errorName: string };

const port = parentPort;
if (port === null) throw new Error('readerThread runs only as a worker thread');
const answer = (message: ReadAnswer): void => port.postMessage(message);
const ocr = await createOcr();

port.on('message', (request: ReadRequest) => {
  readDocument(ocr, request.image, { expect: request.expect }).then(
    (reading) => answer({ type: 'done', id: request.id, reading }),
    (error: unknown) => {
      const text = error instanceof Error ? error.message : '';
      const undecodable = /unsupported image|corrupt|premature|truncated|exceeds pixel limit|VipsJpeg|pngload|webp/i.test(text);
      answer({ type: 'failed', id: request.id, reason: undecodable ? 'undecodable' : 'fault', errorName: error instanceof Error ? error.name : 'unknown' });
    },
  );
});
answer({ type: 'ready' });
