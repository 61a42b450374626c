import { useEffect, useRef } from 'react';
import type { JSX, ReactNode } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ClientStep } from '../../../contracts/http/client.ts';
import { COUNTED_STEPS, minutesLeft, stepNumber } from '../rules/steps.ts';
import { TITLES } from '../rules/titles.ts';
import { useBack } from '../state/back.ts';
import { useClient } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { useSettling } from '../state/taps.ts';
import { testid } from '../testids.ts';

/** The header's language switch: it says the other language in that language. */
export function LanguageSwitch(): JSX.Element {
  const { language, choose } = useLanguage();
  return (
    <button type="button" className="lang" {...testid('lang-switch')} lang={language === 'zh' ? 'en' : 'zh-CN'} onClick={() => { choose(language === 'zh' ? 'en' : 'zh'); }}>
      {language === 'zh' ? 'English' : '中文'}
    </button>
  );
}

/** "第 3 步，共 10 步" with the minutes that are still to come; the video part has words of its own. */
function Progress({ step }: { readonly step: ClientStep }): JSX.Element | null {
  const { t } = useLanguage();
  const place = stepNumber(step);
  if (step === 'result') return null;
  const minutes = minutesLeft(step);
  const words = place === null
    ? t('最后一步：视频见证', 'Last part: video call')
    : t(`第 ${place.number} 步，共 ${place.of} 步`, `Step ${place.number} of ${place.of}`);
  const share = place === null ? 1 : place.number / COUNTED_STEPS.length;
  return (
    <div className="progress">
      <div className="progress-words"><span>{words}</span><span>{t(`约还需 ${minutes} 分钟`, `about ${minutes} min left`)}</span></div>
      <div className="progress-bar" role="progressbar" aria-valuenow={place?.number ?? COUNTED_STEPS.length} aria-valuemin={0} aria-valuemax={COUNTED_STEPS.length} aria-label={words}><i style={{ width: `${share * 100}%` }} /></div>
    </div>
  );
}

interface FrameProps {
  readonly step: ClientStep;
  /** One sentence under the title: what to do here and why. */
  readonly lead?: ReactNode;
  readonly title?: string;
  readonly children: ReactNode;
  /** The step's one main button and what stands over it. */
  readonly footer?: ReactNode;
}

/** Every page of the way: header, progress, title, content, and the main button in reach of the thumb. */
export function Frame({ step, title, lead, children, footer }: FrameProps): JSX.Element {
  const { http, view, networkLost, back: before, signedOut } = useClient();
  const { t, pick } = useLanguage();
  const top = useRef<HTMLHeadingElement>(null);
  const back = step === 'result' ? null : before;
  useBack(() => { back?.run(); }, { presses: back?.presses ?? 0 });
  useSettling(`${step} ${title ?? ''}`);
  useEffect(() => { window.scrollTo(0, 0); top.current?.focus({ preventScroll: true }); }, [step]);
  return (
    <div className="page">
      <header className="header">
        {back === null ? <span className="header-side" /> : (
          <button type="button" className="back header-side" {...testid('back')} onClick={back.run} aria-label={t('上一步', 'Back')}>
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M15 4 7 12l8 8" /></svg>
          </button>
        )}
        <span className="brand">{t('视频见证开户', 'Open an account')}</span>
        <span className="header-side end"><LanguageSwitch /></span>
      </header>
      {view?.state !== 'awaiting_client' && <Progress step={step} />}
      {networkLost && <div className="strip" role="status" {...testid('network-lost')}>{t('网络断开了，正在自动重试。已填的内容不会丢失。', 'The network is gone; trying again by itself. Nothing you entered is lost.')}</div>}
      <main className="main">
        {view?.state === 'repair' && view.repair && step !== 'result' && <div className="note warn"><b>{t('需要您更正', 'Please correct this')}</b><p>{pick(view.repair.text)}</p></div>}
        {view?.state === 'awaiting_client' && step !== 'result' && <div className="note warn"><b>{t('需要您更正', 'Please correct this')}</b><p>{pick(view.message)}</p></div>}
        <h1 ref={top} tabIndex={-1} {...testid('step-title')} data-step={step}>{title ?? pick(TITLES[step])}</h1>
        {lead !== undefined && <p className="lead">{lead}</p>}
        {children}
        {view !== null && step !== 'line' && (
          <div className="account">
            <span>{view.phoneMasked}</span>
            <button type="button" className="link muted-link" {...testid('logout')} onClick={() => { http(api.logout).catch(() => undefined).finally(() => { signedOut(null); }); }}>{t('退出登录', 'Log out')}</button>
          </div>
        )}
      </main>
      {footer !== undefined && <footer className="footer">{footer}</footer>}
    </div>
  );
}
