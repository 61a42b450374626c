import { Alert, Button } from 'antd';
import { FINDINGS } from '../../../contracts/findings.ts';
import type { Problem } from '../api/problem.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';

/** An error as words and what to do. */
export function ProblemBox({ problem, onRetry, onClose }: { problem: Problem; onRetry?: (() => void) | undefined; onClose?: (() => void) | undefined }) {
  const { t, pick } = useWords();
  return (
    <Alert
      type="error" showIcon data-testid={TESTIDS.errorBox} data-code={problem.code}
      title={pick(problem.message)}
      description={<>{pick(problem.todo)}<Reasons problem={problem} /></>}
      closable={onClose === undefined ? false : { onClose }}
      action={onRetry && <Button size="small" onClick={onRetry}>{t('app.retry')}</Button>}
    />
  );
}

/** A refused photo names its findings, an early approve what is missing: codes, said in the catalogue's words. */
export function Reasons({ problem }: { problem: Problem }) {
  const { pick } = useWords();
  const reasons = (problem.detail?.items ?? []).map((code) => (code in FINDINGS ? pick(FINDINGS[code as keyof typeof FINDINGS]) : code));
  return reasons.length === 0 ? null : <ul className="reasons">{reasons.map((reason) => <li key={reason}>{reason}</li>)}</ul>;
}
