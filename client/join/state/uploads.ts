import { useEffect, useState } from 'react';
import type { DocumentView } from '../../../contracts/http/client.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import { NetworkError } from '../../rtc/http.ts';
import { NOT_SENDING, isUnanswered, markName } from '../rules/uploads.ts';
import { useClient } from './client.tsx';

/** A photo that was already on its way may still be judged after the page came back. */
const ASK_FOR_MS = 6_000;
const ASK_EACH_MS = 1_000;

/** Uploads of this page that still run: a component that comes back does not take them for cut off. */
const running = new Set<DocumentSide>();

/** What became of an upload during which the page was closed or loaded again: still being asked about, or lost. Null: there was none. */
export type CutOff = 'asking' | 'lost' | null;

/**
 * Remembers in this tab that a photo is being sent, so that a reload meanwhile is not passed over in silence. The photo
 * itself is never kept on the phone.
 */
export function useUploadMark(side: DocumentSide, document: DocumentView | undefined): { readonly cut: CutOff; /** Runs an upload of this side under its mark. */ during(work: () => Promise<void>): Promise<void> } {
  const { drafts, owner, refresh } = useClient();
  const name = markName(side);
  const id = document?.documentId;
  const unanswered = (): boolean => isUnanswered(drafts.read(owner, name, NOT_SENDING), id);
  const [cut, setCut] = useState<CutOff>(() => (!running.has(side) && unanswered() ? 'asking' : null));
  const [counted] = useState(id);
  // It did arrive, however late.
  useEffect(() => {
    if (cut === null || id === counted) return;
    drafts.drop(owner, name);
    setCut(null);
  }, [cut, drafts, owner, name, id, counted]);
  useEffect(() => {
    if (cut !== 'asking') return undefined;
    const ask = setInterval(() => { refresh().catch(() => undefined); }, ASK_EACH_MS);
    // Said once, here: a later reload does not come back to it.
    const end = setTimeout(() => { drafts.drop(owner, name); setCut('lost'); }, ASK_FOR_MS);
    return () => { clearInterval(ask); clearTimeout(end); };
  }, [cut, refresh, drafts, owner, name]);
  const during = async (work: () => Promise<void>): Promise<void> => {
    setCut(null);
    drafts.write(owner, name, { sending: true, before: id ?? '' });
    running.add(side);
    try {
      await work();
    } catch (error) {
      // Of a photo whose answer was lost nobody knows: that stays marked.
      if (!(error instanceof NetworkError)) drafts.drop(owner, name);
      throw error;
    } finally {
      running.delete(side);
    }
    drafts.drop(owner, name);
  };
  return { cut, during };
}
