import type { DocumentView } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';

/** That a side's photo is being sent, and which photo counted before. Kept in the tab; the photo itself is not. */
export interface UploadMark { readonly sending: boolean; readonly before: string }
export const NOT_SENDING: UploadMark = { sending: false, before: '' };
export const markName = (side: DocumentSide): string => `upload-${side}`;

/** Whether a photo was on its way and no new one has arrived since. */
export const isUnanswered = (mark: UploadMark, documentId: string | undefined): boolean => mark.sending && mark.before === (documentId ?? '');

/** Whether the photos' page has to be shown to say what became of an upload, also when the way had already gone on. */
export const anyUnanswered = (documents: readonly Pick<DocumentView, 'documentId' | 'side'>[], markOf: (side: DocumentSide) => UploadMark): boolean =>
  (['portrait', 'emblem'] as const).some((side) => isUnanswered(markOf(side), documents.find((one) => one.side === side)?.documentId));
