import { useCallback, useEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { AnswerOf } from '../../rtc/http.ts';
import { ErrorNote, MainButton, StepFooter, Waiting } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { LegalBody } from '../parts/Sheet.tsx';
import { errorBody } from '../../../contracts/errors.ts';
import { HttpError } from '../../rtc/http.ts';
import type { Http } from '../../rtc/http.ts';
import { certificateRequest } from '../rules/csr.ts';
import { createSigningKeys, sha256OfText, signText, toBase64 } from '../rules/sealing.ts';
import { useAction } from '../state/action.ts';
import { useClient, useDraft, useView } from '../state/client.tsx';
import { loadKey, storeKey } from '../state/keystore.ts';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';

type Agreement = AnswerOf<typeof api.texts>['agreements'][number];
/** What was read and agreed to: exactly these bytes, so that a newer text is read before it is signed. */
interface Read { readonly seconds: number; readonly language: 'zh' | 'en'; readonly sha256: string }

/** The key to sign with: this phone's, if the server knows its certificate; else a new one that the CA certifies (R19). */
const certifiedKey = async (http: Http, applicationId: string, serial: string | null): Promise<CryptoKey> => {
  const stored = await loadKey(applicationId).catch(() => null);
  if (stored !== null && serial !== null && stored.serial === serial) return stored.keys.privateKey;
  const keys = stored !== null && stored.serial === null ? stored.keys : await createSigningKeys();
  // Kept before the CA is asked: should the answer be lost, the same key is certified on the next try.
  await storeKey(applicationId, { keys, serial: null }).catch(() => undefined);
  const certificate = await http(api.requestCertificate, { body: { csr: toBase64(await certificateRequest(keys, applicationId)) } });
  await storeKey(applicationId, { keys, serial: certificate.serial }).catch(() => undefined);
  return keys.privateKey;
};

/** One agreement in full; "agree" opens when its end has been on the screen. */
function Reader({ agreement, place, of, onAgree }: { readonly agreement: Agreement; readonly place: number; readonly of: number; readonly onAgree: (seconds: number) => void }): JSX.Element {
  const { t, pick } = useLanguage();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(false);
  const [since] = useState(() => Date.now());
  const look = useCallback(() => {
    const element = box.current;
    if (element && element.scrollTop + element.clientHeight >= element.scrollHeight - 24) setAtEnd(true);
  }, []);
  useEffect(() => {
    look();
    window.addEventListener('resize', look);
    return () => { window.removeEventListener('resize', look); };
  }, [look]);
  return (
    <Frame step="agreements" title={pick(agreement.title)}
      footer={(
        <>
          {!atEnd && <button type="button" className="link center" {...testid(`agreement-${agreement.id}-more`)} onClick={() => { const element = box.current; element?.scrollBy({ top: element.clientHeight * 0.9, behavior: 'smooth' }); }}>{t('继续往下读 ↓', 'Read on ↓')}</button>}
          <MainButton id={`agreement-${agreement.id}-agree`} disabled={!atEnd} onClick={() => { onAgree((Date.now() - since) / 1000); }}>{atEnd ? t('我已阅读并同意', 'I have read this and agree') : t('读到末尾后可同意', 'Read to the end to agree')}</MainButton>
        </>
      )}>
      <p className="muted">{t(`第 ${place} 份，共 ${of} 份 · 版本 ${agreement.version}`, `Document ${place} of ${of} · version ${agreement.version}`)}</p>
      <div ref={box} className="reader" tabIndex={0} onScroll={look} {...testid(`agreement-${agreement.id}-text`)}><LegalBody text={pick(agreement.body)} /></div>
    </Frame>
  );
}

/** Step 9: each agreement is shown in full, confirmed, and signed with the client's own certificate (R19). */
export function Agreements(): JSX.Element {
  const view = useView();
  const { http, adopt, open, forget } = useClient();
  const { t, pick, language } = useLanguage();
  const [texts, setTexts] = useState<readonly Agreement[] | null>(null);
  const [agreed, setAgreed] = useDraft<Partial<Record<string, Read>>>('agreements', () => ({}));
  const readOf = (text: Agreement): Read | undefined => { const read = agreed[text.id]; return read !== undefined && text.sha256[read.language] === read.sha256 ? read : undefined; };
  const [signing, setSigning] = useState<number | null>(null);
  const load = useAction();
  const action = useAction();
  const { run } = load;
  useEffect(() => { run(async () => { setTexts((await http(api.texts)).agreements); }); }, [http, run]);

  const sign = (list: readonly Agreement[]): void => {
    action.run(async () => {
      try {
        setSigning(0);
        const key = await certifiedKey(http, view.applicationId, view.certificateSerial);
        let latest = view;
        for (const [index, text] of list.entries()) {
          setSigning(index + 1);
          if (latest.signed.includes(text.id)) continue;
          const read = readOf(text);
          if (read === undefined) continue;
          const body = text.body[read.language];
          // What is signed is what was shown: its hash must be the one the text was published with.
          const sha256 = await sha256OfText(body);
          if (sha256 !== text.sha256[read.language]) throw new HttpError(409, errorBody('TEXT_VERSION_OLD'));
          latest = await http(api.signAgreement, { body: { id: text.id, version: text.version, language: read.language, sha256, signature: await signText(key, body), shownSeconds: Math.round(read.seconds) } });
        }
        forget('agreements');
        adopt(latest);
      } catch (error) {
        if (error instanceof HttpError && error.code === 'TEXT_VERSION_OLD') { setAgreed({}); setTexts((await http(api.texts)).agreements); }
        throw error;
      } finally {
        setSigning(null);
      }
    });
  };
  if (texts === null) {
    return <Frame step="agreements"><ErrorNote problem={load.problem} again={load.again} />{load.problem === null && <Waiting>{t('正在打开…', 'Loading…')}</Waiting>}</Frame>;
  }
  const next = texts.find((text) => readOf(text) === undefined && !view.signed.includes(text.id));
  if (next) {
    return <Reader key={next.id + language} agreement={next} place={texts.indexOf(next) + 1} of={texts.length} onAgree={(seconds) => { setAgreed((old) => ({ ...old, [next.id]: { seconds, language, sha256: next.sha256[language] } })); }} />;
  }
  const all = texts.every((text) => view.signed.includes(text.id));
  return (
    <Frame step="agreements" title={t('签署协议', 'Sign')} lead={t('系统将在您的手机上生成专属数字证书，并用它签署以下协议。签名密钥不会离开您的手机。', 'Your phone makes a key of its own, has it certified and signs these documents with it. The key never leaves your phone.')}
      footer={<StepFooter action={action} id="agreements-next" onNext={() => { if (all) open(null); else sign(texts); }}
        hint={signing === null ? null : signing === 0 ? t('正在申请数字证书…', 'Applying for your certificate…') : t(`正在签署第 ${signing} 份，共 ${texts.length} 份…`, `Signing ${signing} of ${texts.length}…`)}>{all ? t('下一步', 'Next') : t('确认签署', 'Sign now')}</StepFooter>}>
      <section className="card">
        {texts.map((text) => <div key={text.id} className="row"><span className="row-main">{pick(text.title)}</span><span className="good">{view.signed.includes(text.id) ? t('已签署', 'signed') : t('已同意', 'agreed')}</span></div>)}
      </section>
      {!all && <button type="button" className="link" onClick={() => { setAgreed({}); }}>{t('重新阅读', 'Read them again')}</button>}
    </Frame>
  );
}
