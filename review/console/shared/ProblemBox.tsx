import { Alert, Button } from 'antd';
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
      description={pick(problem.todo)}
      closable={onClose === undefined ? false : { onClose }}
      action={onRetry && <Button size="small" onClick={onRetry}>{t('app.retry')}</Button>}
    />
  );
}
