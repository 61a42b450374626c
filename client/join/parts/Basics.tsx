import { Button, DotLoading } from 'antd-mobile';
import { useEffect, useId, useRef } from 'react';
import type { InputHTMLAttributes, JSX, ReactNode } from 'react';
import type { Action, Problem } from '../state/action.ts';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';

/** The large button that ends a step. `id` is its test handle. */
export function MainButton({ id, onClick, children, disabled = false, busy = false, kind = 'primary' }: { readonly id: string; readonly onClick: () => void; readonly children: ReactNode; readonly disabled?: boolean; readonly busy?: boolean; readonly kind?: 'primary' | 'default' | 'danger' }): JSX.Element {
  return (
    <Button block size="large" shape="rounded" color={kind} disabled={disabled || busy} onClick={onClick} {...testid(id)}>
      {busy ? <span aria-busy="true">{children} <DotLoading color="currentColor" /></span> : children}
    </Button>
  );
}

/** A failure in plain words: what happened, what to do, and a button when trying again can help. */
export function ErrorNote({ problem, again }: { readonly problem: Problem | null; readonly again?: (() => void) | undefined }): JSX.Element | null {
  const { t, pick } = useLanguage();
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => { note.current?.scrollIntoView({ block: 'nearest' }); }, [problem]);
  if (problem === null) return null;
  const network = problem.kind === 'network';
  const wait = problem.kind === 'error' ? problem.body.detail?.retryAfterSeconds : undefined;
  const retry = again && (network || problem.body.code === 'INTERNAL' || problem.body.code === 'OUTSIDE_UNAVAILABLE' || problem.body.code === 'OVERLOADED');
  return (
    <div ref={note} className="note bad" role="alert" {...testid('error')} data-code={network ? 'NETWORK' : problem.body.code}>
      <b>{network ? t('网络没有连通', 'No connection to the server') : pick(problem.body.message)}</b>
      <p>{network ? t('请检查手机信号或 Wi-Fi。已填的内容还在，连上后再试一次即可。', 'Check your signal or Wi-Fi. What you entered is still here; try again once connected.') : pick(problem.body.todo)}</p>
      {wait !== undefined && <p>{t(`约 ${Math.ceil(wait / 60)} 分钟后可再试。`, `You can try again in about ${Math.ceil(wait / 60)} min.`)}</p>}
      {retry && <button type="button" className="link" {...testid('error-retry')} onClick={again}>{t('再试一次', 'Try again')}</button>}
    </div>
  );
}

/** A step's error and its main button, as every form page has them. */
export function StepFooter({ action, id, onNext, disabled = false, children, hint }: { readonly action: Action; readonly id: string; readonly onNext: () => void; readonly disabled?: boolean; readonly children: ReactNode; readonly hint?: ReactNode }): JSX.Element {
  return (
    <>
      <ErrorNote problem={action.problem} again={action.again} />
      {hint !== undefined && hint !== null && <p className="footer-hint">{hint}</p>}
      <MainButton id={id} onClick={onNext} disabled={disabled} busy={action.busy}>{children}</MainButton>
    </>
  );
}

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'value' | 'id'> {
  readonly id: string;
  readonly label: ReactNode;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly error?: ReactNode;
  /** Long texts get two lines instead of one. */
  readonly long?: boolean;
}

/** A labelled native input: phones bring their own keyboards, pickers and password managers to it. */
export function Field({ id, label, value, onChange, hint, error, long = false, ...rest }: FieldProps): JSX.Element {
  const name = useId();
  return (
    <div className={error ? 'field wrong' : 'field'}>
      <label htmlFor={name}>{label}</label>
      <div className="field-row">
        {long
          ? <textarea id={name} rows={2} maxLength={rest.maxLength} value={value} onChange={(event) => { onChange(event.target.value.replace(/\n/g, '')); }} aria-invalid={Boolean(error)} aria-describedby={`${name}-below`} spellCheck={false} {...testid(id)} />
          : <input id={name} value={value} onChange={(event) => { onChange(event.target.value); }} aria-invalid={Boolean(error)} aria-describedby={`${name}-below`} autoCapitalize="off" autoCorrect="off" spellCheck={false} {...rest} {...testid(id)} />}
      </div>
      <div id={`${name}-below`} className="field-below">{error ? <span className="field-error">{error}</span> : hint}</div>
    </div>
  );
}

/** A choice as a large tile with a native radio or checkbox inside. */
export function Choice({ id, name, kind = 'radio', checked, onChange, children, sub }: { readonly id: string; readonly name: string; readonly kind?: 'radio' | 'checkbox'; readonly checked: boolean; readonly onChange: (on: boolean) => void; readonly children: ReactNode; readonly sub?: ReactNode }): JSX.Element {
  return (
    <label className={checked ? 'choice on' : 'choice'}>
      <input type={kind} name={name} checked={checked} onChange={(event) => { onChange(event.target.checked); }} {...testid(id)} />
      <span className="choice-text">{children}{sub !== undefined && <small>{sub}</small>}</span>
    </label>
  );
}

export function Waiting({ children }: { readonly children: ReactNode }): JSX.Element {
  return <div className="waiting" role="status"><DotLoading color="primary" /> {children}</div>;
}
