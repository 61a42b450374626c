import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useAuth } from '../app/auth.tsx';
import { LanguageButton } from '../app/Frame.tsx';
import { problemOf } from '../api/problem.ts';
import type { Problem } from '../api/problem.ts';
import { useWords } from '../i18n/index.tsx';
import { ProblemBox } from '../shared/ProblemBox.tsx';
import { TESTIDS } from '../testids.ts';

interface Fields { username: string; password: string; totp: string }

/** Log-in with password and one-time password (RFC 6238). */
export function LoginPage() {
  const { t } = useWords();
  const { login } = useAuth();
  const [form] = Form.useForm<Fields>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);

  const submit = async (fields: Fields): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await login({ username: fields.username.trim(), password: fields.password, totp: fields.totp });
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
      form.setFieldValue('totp', '');
      form.getFieldInstance('totp')?.focus();
    }
  };

  return (
    <div className="login">
      <div className="login-lang"><LanguageButton /></div>
      <div className="login-box">
        <h1>{t('login.title')}</h1>
        <p className="quiet">{t('login.subtitle')}</p>
        {problem && <ProblemBox problem={problem} />}
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void submit(fields)} autoComplete="off">
          <Form.Item name="username" label={t('login.username')} rules={[{ required: true, message: t('login.needUsername') }]}>
            <Input size="large" autoFocus autoComplete="username" maxLength={60} data-testid={TESTIDS.loginUsername} />
          </Form.Item>
          <Form.Item name="password" label={t('login.password')} rules={[{ required: true, message: t('login.needPassword') }]}>
            <Input.Password size="large" autoComplete="current-password" maxLength={200} data-testid={TESTIDS.loginPassword} onPressEnter={(event) => {
              // Enter goes on to the code; only the code's Enter logs in.
              if (!form.getFieldValue('totp')) { event.preventDefault(); form.getFieldInstance('totp')?.focus(); }
            }} />
          </Form.Item>
          <Form.Item name="totp" label={t('login.totp')} extra={t('login.totpHint')} normalize={(value: string) => value.replace(/\D/g, '').slice(0, 6)} rules={[{ required: true, pattern: /^\d{6}$/, message: t('login.needTotp') }]}>
            <Input size="large" inputMode="numeric" autoComplete="one-time-code" className="login-totp" data-testid={TESTIDS.loginTotp} />
          </Form.Item>
          <Button type="primary" size="large" block htmlType="submit" loading={busy} data-testid={TESTIDS.loginSubmit}>{t('login.submit')}</Button>
        </Form>
      </div>
    </div>
  );
}
