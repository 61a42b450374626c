import type { CaseView } from '../../../contracts/http/staff.ts';
import { useWords } from '../i18n/index.tsx';
import { TESTIDS } from '../testids.ts';
import { attentions } from './attention.ts';

/** In the dialog before approve: the findings that warn, so that nobody passes over them unread. */
export function AttentionList({ view }: { view: CaseView }) {
  const { t, pick } = useWords();
  const list = attentions(view, t, pick);
  if (list.length === 0) return null;
  return (
    <div className="attend" data-testid={TESTIDS.approveAttend}>
      <strong>{t('decide.attend')}</strong>
      <ul>{list.map((text) => <li key={text}>{text}</li>)}</ul>
    </div>
  );
}
