import { useEffect, useRef } from 'react';
import type { JSX, ReactNode } from 'react';
import { useBack } from '../state/back.ts';
import { useLanguage } from '../state/language.tsx';
import { useSettling } from '../state/taps.ts';
import { testid } from '../testids.ts';

/** A sheet over the page on the browser's own dialog: focus stays inside, Escape and Back close it. */
export function Sheet({ title, onClose, closeId, children, footer }: { readonly title: string; readonly onClose: () => void; readonly closeId: string; readonly children: ReactNode; readonly footer?: ReactNode }): JSX.Element {
  const { t } = useLanguage();
  useBack(onClose, { level: 'dialog' });
  useSettling();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    // Very old web views have no dialog: there it is shown as a plain block over the page.
    if (element && !element.open) { if (typeof element.showModal === 'function') element.showModal(); else element.setAttribute('open', ''); }
    document.body.style.overflow = 'hidden';
    return () => { document.body.style.overflow = ''; };
  }, []);
  return (
    <dialog ref={dialog} className="sheet" aria-label={title} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <div className="sheet-head"><b>{title}</b><button type="button" className="link" {...testid(closeId)} onClick={onClose}>{t('关闭', 'Close')}</button></div>
      <div className="sheet-body">{children}</div>
      {footer !== undefined && <div className="sheet-foot">{footer}</div>}
    </dialog>
  );
}

/** A yes-or-no question before something that cannot be taken back. */
export function Confirm({ title, text, yes, no, yesId, noId, onYes, onNo }: { readonly title: string; readonly text: ReactNode; readonly yes: string; readonly no: string; readonly yesId: string; readonly noId: string; readonly onYes: () => void; readonly onNo: () => void }): JSX.Element {
  useBack(onNo, { level: 'dialog' });
  useSettling();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => { const element = dialog.current; if (element && !element.open) { if (typeof element.showModal === 'function') element.showModal(); else element.setAttribute('open', ''); } }, []);
  return (
    <dialog ref={dialog} className="confirm" aria-label={title} onCancel={(event) => { event.preventDefault(); onNo(); }}>
      <b>{title}</b>
      <p>{text}</p>
      <button type="button" className="big stay" {...testid(noId)} onClick={onNo}>{no}</button>
      <button type="button" className="big go" {...testid(yesId)} onClick={onYes}>{yes}</button>
    </dialog>
  );
}

/** A legal text as it was written: its line breaks are kept. */
export function LegalBody({ text }: { readonly text: string }): JSX.Element {
  return <div className="legal">{text}</div>;
}
