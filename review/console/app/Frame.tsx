import { Button } from 'antd';
import type { ReactNode } from 'react';
import { NavLink, Navigate, useLocation } from 'react-router';
import { CallPage } from '../call/CallPage.tsx';
import { useDesk } from '../desk/DeskProvider.tsx';
import { OfferDialog } from '../desk/OfferDialog.tsx';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { useAuth, useStaff } from './auth.tsx';
import { menuFor } from './menu.ts';

/** The bar above every page: where one is, who one is, language, log-out. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useWords();
  const { logout } = useAuth();
  const staff = useStaff();
  const desk = useDesk();
  const inCall = desk.seat.state === 'busy';
  const { pathname } = useLocation();
  return (
    <div className="frame">
      <header className="frame-bar">
        <span className="frame-title">{t('app.title')}</span>
        <nav className="frame-nav">
          {inCall && <Entry path="/call" id="call" word={t('menu.call')} live />}
          {!inCall && menuFor(staff.roles).map((entry) => <Entry key={entry.key} path={entry.path} id={entry.key} word={t(entry.word)} />)}
        </nav>
        {desk.lost && <span className="frame-lost" role="status">{t('app.offline')}</span>}
        <span className="frame-who">
          <strong>{staff.name}</strong>
          <span className="quiet">{staff.roles.map((role) => t(`role.${role}`)).join(' · ')}</span>
        </span>
        <LanguageButton />
        <Button type="text" size="small" data-testid={TESTIDS.logout} disabled={inCall} onClick={() => void logout()}>{t('app.logout')}</Button>
      </header>
      {/* A call is never left by a menu or the back key: the call stays on the screen, and the address says so. */}
      {inCall && pathname !== '/call' && <Navigate to="/call" replace />}
      <main className="frame-main">{inCall ? <CallPage /> : children}</main>
      {desk.offer && <OfferDialog key={desk.offer.sessionId} offer={desk.offer} />}
    </div>
  );
}

function Entry({ path, id, word, live }: { path: string; id: string; word: string; live?: boolean }) {
  return (
    <NavLink to={path} data-testid={TESTIDS.menu(id)} className={({ isActive }) => `frame-link${isActive ? ' frame-link-here' : ''}`}>
      {live && <i className="dot dot-live" />}{word}
    </NavLink>
  );
}

export function LanguageButton() {
  const { t, switchLanguage } = useWords();
  return <Button type="text" size="small" data-testid={TESTIDS.langSwitch} onClick={switchLanguage}>{t('app.switch')}</Button>;
}
