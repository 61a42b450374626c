import { App } from 'antd';
import { useCallback } from 'react';
import { problemOf } from '../api/problem.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { Reasons } from './ProblemBox.tsx';

/** Shows a failed action as words and what to do, over the page, without taking the place of anything. */
export function useTell(): { readonly failed: (error: unknown) => void; readonly done: (text: string) => void } {
  const { notification, message } = App.useApp();
  const { pick } = useWords();
  const failed = useCallback((error: unknown) => {
    const problem = problemOf(error);
    notification.error({
      key: problem.code, title: pick(problem.message), placement: 'top', duration: 6,
      description: <span data-testid={TESTIDS.errorBox} data-code={problem.code}>{pick(problem.todo)}<Reasons problem={problem} /></span>,
    });
  }, [notification, pick]);
  const done = useCallback((text: string) => { void message.success(text); }, [message]);
  return { failed, done };
}
