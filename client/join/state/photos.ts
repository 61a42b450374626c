import { useEffect, useState } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { DocumentView } from '../../../contracts/http/client.ts';
import { useClient } from './client.tsx';

/** The uploaded photo as the server keeps it, upright; its address is revoked when it is no longer shown. Null while it is on the way, and without a document. */
export function useStoredImage(document: DocumentView | undefined): string | null {
  const { http } = useClient();
  const [image, setImage] = useState<{ readonly id: string; readonly url: string } | null>(null);
  const side = document?.side;
  const id = document?.documentId;
  useEffect(() => {
    if (side === undefined || id === undefined) return undefined;
    let made: string | null = null;
    let gone = false;
    http(api.documentImage, { params: { side } }).then((blob) => { if (!gone) { made = URL.createObjectURL(blob); setImage({ id, url: made }); } }, () => undefined);
    return () => { gone = true; if (made) { URL.revokeObjectURL(made); setImage(null); } };
  }, [http, side, id]);
  // The picture of the photo before is none of this one.
  return image !== null && image.id === id ? image.url : null;
}
