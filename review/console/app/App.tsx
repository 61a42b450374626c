import { App as AntApp, ConfigProvider, Spin } from 'antd';
import enUS from 'antd/es/locale/en_US.js';
import zhCN from 'antd/es/locale/zh_CN.js';
import type { ReactNode } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import type { StaffRole } from '../../../contracts/http/common.ts';
import { CallPage } from '../call/CallPage.tsx';
import { DeskPage } from '../desk/DeskPage.tsx';
import { DeskProvider } from '../desk/DeskProvider.tsx';
import { LanguageProvider, useWords } from '../i18n/index.tsx';
import { BatchPage } from '../lead/BatchPage.tsx';
import { LeadPage } from '../lead/LeadPage.tsx';
import { NegativePage } from '../lead/NegativePage.tsx';
import { LoginPage } from '../login/LoginPage.tsx';
import { RetentionPage } from '../retention/RetentionPage.tsx';
import { ReviewCasePage } from '../secondreview/ReviewCasePage.tsx';
import { ReviewListPage } from '../secondreview/ReviewListPage.tsx';
import { LooksPage } from '../sessions/LooksPage.tsx';
import { ReplayPage } from '../sessions/ReplayPage.tsx';
import { SessionsPage } from '../sessions/SessionsPage.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { AuthProvider, useAuth } from './auth.tsx';
import { Frame } from './Frame.tsx';
import { menuFor } from './menu.ts';
import { THEME } from './theme.ts';

// TypeScript takes antd's modules for CommonJS, the bundler takes them as they are: either way the locale.
const localeOf = <T extends object>(module: T | { default: T }): T => ('default' in module ? module.default : module);
const LOCALES = { zh: localeOf(zhCN), en: localeOf(enUS) };

export function App() {
  return <LanguageProvider><Themed /></LanguageProvider>;
}

function Themed() {
  const { language } = useWords();
  return (
    <ConfigProvider theme={THEME} locale={language === 'zh' ? LOCALES.zh : LOCALES.en} componentSize="middle">
      <AntApp message={{ maxCount: 2 }} component={false}>
        <AuthProvider><Gate /></AuthProvider>
      </AntApp>
    </ConfigProvider>
  );
}

function Gate() {
  const { staff, problem, retry } = useAuth();
  if (problem) return <div className="centre"><ProblemBox problem={problem} onRetry={retry} /></div>;
  if (staff === undefined) return <div className="centre"><Spin size="large" /></div>;
  if (staff === null) return <LoginPage />;
  const only = (roles: readonly StaffRole[], page: ReactNode) => (roles.some((role) => staff.roles.includes(role)) ? page : <NoPage />);
  const home = menuFor(staff.roles)[0]?.path;
  return (
    <BrowserRouter basename="/console">
      <DeskProvider key={staff.staffId}>
        <Frame>
          <Routes>
            <Route index element={home ? <Navigate to={home} replace /> : <NoRole />} />
            <Route path="desk" element={only(['witness'], <DeskPage />)} />
            <Route path="call" element={only(['witness'], <CallPage />)} />
            <Route path="review" element={only(['reviewer'], <ReviewListPage />)} />
            <Route path="review/:applicationId" element={only(['reviewer'], <ReviewCasePage />)} />
            <Route path="sessions" element={only(['auditor', 'lead', 'inspector'], <SessionsPage />)} />
            <Route path="sessions/:sessionId" element={only(['auditor', 'lead', 'inspector', 'reviewer'], <ReplayPage />)} />
            <Route path="looks" element={only(['auditor'], <LooksPage />)} />
            <Route path="lead" element={only(['lead'], <LeadPage />)} />
            <Route path="batch" element={only(['lead', 'admin'], <BatchPage />)} />
            <Route path="negative" element={only(['lead', 'admin'], <NegativePage />)} />
            <Route path="retention" element={only(['lead', 'compliance'], <RetentionPage />)} />
            <Route path="*" element={<NoPage />} />
          </Routes>
        </Frame>
      </DeskProvider>
    </BrowserRouter>
  );
}

function NoPage() {
  const { t } = useWords();
  return <div className="centre quiet">{t('app.notFound')}</div>;
}

function NoRole() {
  const { t } = useWords();
  return <div className="centre quiet">{t('app.noRole')}</div>;
}
