import { LoadingOutlined, SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useWords } from '../i18n/index.tsx';

/** Asks for the list anew. antd's own `loading` swallows clicks: whoever presses while a list is still loading would see that one as the answer. */
export function FindButton({ loading, disabled, testId, onFind }: { loading: boolean; disabled: boolean; testId: string; onFind: () => void }) {
  const { t } = useWords();
  return <Button type="primary" icon={loading ? <LoadingOutlined aria-hidden /> : <SearchOutlined aria-hidden />} aria-busy={loading} disabled={disabled} data-testid={testId} onClick={onFind}>{t('sessions.find')}</Button>;
}
