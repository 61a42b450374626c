import { useEffect, useState } from 'react';
import type { ComponentType, JSX } from 'react';
import type { ClientStep } from '../../contracts/http/client.ts';
import { Obstacle } from './device/DeviceCheck.tsx';
import { ErrorNote, MainButton, Waiting } from './parts/Basics.tsx';
import { LanguageSwitch } from './parts/Frame.tsx';
import { Agreements } from './pages/Agreements.tsx';
import { CallPage } from './pages/Call.tsx';
import { Consents } from './pages/Consents.tsx';
import { Custody } from './pages/Custody.tsx';
import { Declarations } from './pages/Declarations.tsx';
import { Documents } from './pages/Documents.tsx';
import { Form } from './pages/Form.tsx';
import { Line } from './pages/Line.tsx';
import { Passwords } from './pages/Passwords.tsx';
import { Phone } from './pages/Phone.tsx';
import { Questionnaire } from './pages/Questionnaire.tsx';
import { Ready } from './pages/Ready.tsx';
import { Result } from './pages/Result.tsx';
import { Submit } from './pages/Submit.tsx';
import { ClientProvider, useClient } from './state/client.tsx';
import { LanguageProvider, useLanguage } from './state/language.tsx';
import { LineProvider, useLine } from './state/line.tsx';

/** A call that is known only to the server comes as `view.session`; until then the line is shown. */
const PAGES: Readonly<Record<ClientStep, ComponentType>> = {
  consents: Consents, phone: Phone, documents: Documents, form: Form, declarations: Declarations, questionnaire: Questionnaire, custody: Custody,
  passwords: Passwords, agreements: Agreements, submit: Submit, ready: Ready, line: Line, call: Line, result: Result,
};

function Plain({ children }: { readonly children: JSX.Element | readonly JSX.Element[] }): JSX.Element {
  const { t } = useLanguage();
  return <div className="page"><header className="header"><span className="header-side" /><span className="brand">{t('视频见证开户', 'Open an account')}</span><span className="header-side end"><LanguageSwitch /></span></header><main className="main">{children}</main></div>;
}

function Pages(): JSX.Element {
  const { shown, view } = useClient();
  const { invitation, takenOver, logInHere } = useLine();
  const { t } = useLanguage();
  const [repairSeen, setRepairSeen] = useState<string | null>(null);
  useEffect(() => { if (view?.state !== 'repair') setRepairSeen(null); }, [view?.state]);
  if (takenOver) {
    return <Plain><h1>{t('您已在另一台设备上继续办理', 'You went on with another device')}</h1><p className="lead">{t('为了安全，同一时间只能在一台设备上办理。', 'For your safety only one device at a time can be used.')}</p><MainButton id="login-here" onClick={logInHere}>{t('重新登录，在这台设备上继续', 'Log in again and go on here')}</MainButton></Plain>;
  }
  if (invitation !== null && view !== null) return <CallPage key={invitation.sessionId} invitation={invitation} />;
  // A repair begins with what is wrong and why; from there the client goes to the page to be corrected (R29).
  if (view?.state === 'repair' && repairSeen !== view.applicationId) return <Result onRepair={() => { setRepairSeen(view.applicationId); }} />;
  const Page = PAGES[shown];
  return <Page key={shown} />;
}

function Start(): JSX.Element {
  const { t } = useLanguage();
  // Without a secure context there is neither a camera nor a key: say so before anything is filled in.
  if (!globalThis.isSecureContext) return <Plain><h1>{t('请换一个地址打开', 'Please use the secure address')}</h1><Obstacle kind="insecure" /></Plain>;
  return (
    <ClientProvider starting={<Plain><Waiting>{t('正在打开…', 'Loading…')}</Waiting></Plain>}
      failed={(again) => <Plain><ErrorNote problem={{ kind: 'network' }} again={again} /></Plain>}>
      <LineProvider><Pages /></LineProvider>
    </ClientProvider>
  );
}

export const App = (): JSX.Element => <LanguageProvider><Start /></LanguageProvider>;
