import { DotLoading } from 'antd-mobile';
import { useEffect, useRef, useState } from 'react';
import type { ChangeEvent, JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { photoLine } from '../../../contracts/figures.ts';
import type { DocumentSide } from '../../../contracts/http/common.ts';
import type { FieldName } from '../../../contracts/reading.ts';
import { readyToUpload } from '../device/image.ts';
import { ErrorNote, StepFooter } from '../parts/Basics.tsx';
import { Crop } from '../parts/Crop.tsx';
import { Frame } from '../parts/Frame.tsx';
import { FIELD_LABELS, findingWords, findingsOf, needsNewPhoto, placesOf, stops } from '../rules/fields.ts';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { useStoredImage } from '../state/photos.ts';
import { useUploadMark } from '../state/uploads.ts';
import { testid } from '../testids.ts';

const SIDES: readonly DocumentSide[] = ['portrait', 'emblem'];

/** The outline of a card's side, so that nobody needs to know the words for it. */
function CardDrawing({ side }: { readonly side: DocumentSide }): JSX.Element {
  return (
    <svg viewBox="0 0 160 100" className="drawing" aria-hidden="true">
      <rect x="2" y="2" width="156" height="96" rx="10" />
      {side === 'portrait'
        ? <><path d="M16 24h56M16 40h40M16 56h62M16 80h84" /><circle cx="124" cy="36" r="13" /><path d="M102 72c0-26 44-26 44 0z" /></>
        : <><circle cx="30" cy="28" r="14" /><path d="M54 22h80M54 36h64M16 66h72M16 82h96" /></>}
    </svg>
  );
}

function DocumentCard({ side }: { readonly side: DocumentSide }): JSX.Element {
  const view = useView();
  const { http, adopt, open, refresh } = useClient();
  const { t, pick } = useLanguage();
  const action = useAction();
  const document = view.documents.find((one) => one.side === side);
  const stored = useStoredImage(document);
  const [preview, setPreview] = useState<string | null>(null);
  const [share, setShare] = useState(0);
  const last = useRef<string | null>(null);
  const mark = useUploadMark(side, document);
  useEffect(() => () => { if (last.current) URL.revokeObjectURL(last.current); }, []);

  const take = (event: ChangeEvent<HTMLInputElement>): void => {
    const file = event.target.files?.[0];
    // The same file may be chosen again after a failure.
    event.target.value = '';
    if (!file) return;
    if (last.current) URL.revokeObjectURL(last.current);
    last.current = URL.createObjectURL(file);
    setPreview(last.current);
    setShare(0);
    action.run(() => mark.during(async () => {
      adopt(await http(api.uploadDocument, { params: { side }, file: await readyToUpload(file), fileName: file.name || 'photo.jpg', onProgress: setShare }));
      // Both sides stay on screen until the client has seen what was found.
      open('documents');
    }));
  };
  const lost = action.problem?.kind === 'network';
  // The photo may have arrived although its answer did not: the server says which one counts.
  useEffect(() => { if (lost) refresh().catch(() => undefined); }, [lost, refresh]);
  const found = document ? findingsOf(document).filter((one) => one.severity !== 'info') : [];
  const bad = action.problem !== null || found.some(needsNewPhoto);
  // A photo that was accepted is read in the background: meanwhile the other side can be taken.
  const state = action.busy ? (share < 1 ? 'sending' : 'judging') : bad ? 'bad' : document === undefined ? 'empty' : document.reading === undefined ? 'reading' : 'read';
  // A photo that was refused is not shown in the place of the one that still counts; of one whose answer was lost nobody knows.
  const kept = action.problem?.kind === 'error' && document !== undefined;
  const image = kept ? stored : preview ?? stored;
  // What is wrong is seen at once, also on a small screen.
  const words = useRef<HTMLDivElement>(null);
  useEffect(() => { if (bad && !action.busy) words.current?.scrollIntoView({ block: 'center' }); }, [bad, action.busy, document?.documentId]);
  const title = side === 'portrait' ? t('人像面（有照片的一面）', 'Portrait side (with your photo)') : t('国徽面（有国徽的一面）', 'Emblem side (with the national emblem)');
  const labelled = (field: FieldName | undefined): string => (field === undefined ? '' : `${pick(FIELD_LABELS[field])}${t('：', ': ')}`);
  const places = document === undefined ? [] : placesOf(found);
  const readFields = Object.keys(document?.reading?.fields ?? {}).length;
  return (
    <section className={`card document ${state}${kept ? ' kept' : ''}`} {...testid(`document-${side}`)} data-state={state}>
      <h2>{title}</h2>
      {mark.cut !== null && !action.busy && action.problem === null && (
        <p className={mark.cut === 'asking' ? 'note' : document === undefined ? 'note bad' : 'note warn'} role="status" {...testid(`document-${side}-cut`)} data-cut={mark.cut}>
          {mark.cut === 'asking' ? t('页面中断时正在上传照片，正在查看是否已收到…', 'A photo was being sent when the page was interrupted; checking whether it arrived…')
            : document === undefined ? t('刚才的照片没有传完，页面就被关闭或刷新了。照片没有保存，请重新拍照。', 'The page was closed or reloaded before the photo was sent. That photo was not kept: take it again.')
              : t('刚才重拍的照片没有传完，页面就被关闭或刷新了，没有保存。下面仍是原来的照片；要更换，请重新拍照。', 'The page was closed or reloaded before the new photo was sent; it was not kept. Below is still the earlier one; to replace it, take the photo again.')}
        </p>
      )}
      {action.problem === null && !action.busy && document !== undefined && (
        <div ref={words}>
          {found.map((one, index) => {
            const box = places[index];
            const words = `${stops(one) ? '' : labelled(one.field)}${pick(findingWords(one))}`;
            return (
              <div key={`${one.code}${one.field ?? ''}`} className={needsNewPhoto(one) || stops(one) ? 'note bad' : 'note warn'} data-code={one.code} data-field={one.field}>
                <p role={bad ? 'alert' : undefined}>{words}</p>
                {box && <Crop id={`crop-${one.code}${one.field ? `-${one.field}` : ''}`} src={stored} photo={document} box={box} title={words} />}
              </div>
            );
          })}
        </div>
      )}
      <label className="shot">
        <span className="shot-picture">
          {image === null ? <CardDrawing side={side} /> : <img src={image} alt={title} onError={() => { setPreview(null); }} />}
          {action.busy && <span className="shot-cover" role="status">{share < 1 ? t(`正在上传 ${Math.round(share * 100)}%`, `Sending ${Math.round(share * 100)}%`) : t('正在检查照片…', 'Checking the photo…')}<i className="meter"><b className={share < 1 ? '' : 'moving'} style={{ width: `${Math.max(6, share * 100)}%` }} /></i></span>}
        </span>
        <input type="file" accept="image/*" capture="environment" onChange={take} disabled={action.busy} aria-label={title} {...testid(`upload-${side}`)} />
        {!action.busy && <span className={state === 'empty' || bad ? 'shot-button strong' : 'shot-button'}>{state === 'empty' ? t('拍照', 'Take photo') : t('重新拍照', 'Take again')}</span>}
      </label>
      {!action.busy && <label className="link album">{t('从相册选择', 'Choose from album')}<input type="file" accept="image/*" onChange={take} {...testid(`upload-${side}-file`)} /></label>}
      {kept && <p className="note" {...testid(`document-${side}-kept`)}>{t('这张照片没有保存，上面仍是原来的照片。', 'This photo was not kept; the one above is still the earlier one.')}</p>}
      <ErrorNote problem={action.problem} again={action.again} />
      {action.problem === null && !action.busy && document !== undefined && (
        <>
          {state === 'read' && !found.some(stops) && <p className="good">{readFields > 0 ? t(`照片合格，已读出 ${readFields} 项信息`, `Good photo; ${readFields} fields were read`) : t('照片合格，文字未能读出，请在下一步手工填写', 'Good photo, but nothing could be read: fill it in by hand in the next step')}</p>}
          {state === 'reading' && <p className="good" role="status">{t('照片合格，正在识别文字', 'Good photo; the text is being read')}<DotLoading color="currentColor" /></p>}
          {document.figures && <p className="figures" {...testid(`document-${side}-figures`)}>{pick(photoLine(document.figures))}</p>}
        </>
      )}
    </section>
  );
}

/** How often it is asked whether the text was read, while it is. */
const POLL_MS = 700;

/** Step 3: photos of both ID sides, judged at once and read in the background (R14, R21). */
export function Documents(): JSX.Element {
  const view = useView();
  const { open, refresh } = useClient();
  const { t } = useLanguage();
  const action = useAction();
  const reading = view.documents.some((one) => one.reading === undefined);
  useEffect(() => {
    if (!reading) return undefined;
    const timer = setInterval(() => { refresh().catch(() => undefined); }, POLL_MS);
    return () => { clearInterval(timer); };
  }, [reading, refresh]);
  const missing = SIDES.filter((side) => !view.documents.some((one) => one.side === side));
  const again = view.documents.filter((one) => findingsOf(one).some(needsNewPhoto));
  const hint = missing.length > 0 ? t(`还差${missing.length === 2 ? '两面' : missing[0] === 'portrait' ? '人像面' : '国徽面'}`, missing.length === 2 ? 'Both sides are missing' : `The ${missing[0]} side is missing`)
    : again.length > 0 ? t('请按红字提示重新拍照，另一面不用重拍', 'Take the marked photo again; the other one stays')
      : reading ? t('正在识别文字，约需几秒', 'The text is being read, a few seconds') : null;
  return (
    <Frame step="documents" lead={t('把身份证平放在深色桌面上，四角拍全，避开反光。', 'Lay the card on a dark table. All four corners in the picture, no reflections.')}
      footer={<StepFooter action={action} id="documents-next" hint={hint} disabled={missing.length > 0 || again.length > 0 || reading} onNext={() => { if (view.step === 'documents') action.run(refresh); else open(null); }}>{t('下一步', 'Next')}</StepFooter>}>
      {SIDES.map((side) => <DocumentCard key={side} side={side} />)}
    </Frame>
  );
}
