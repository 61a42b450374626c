import { useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import { canWithdraw } from '../rules/steps.ts';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';
import { ErrorNote } from './Basics.tsx';
import { Confirm } from './Sheet.tsx';

/** Withdrawing the application, asked twice, where the states allow it. */
export function Withdraw(): JSX.Element | null {
  const view = useView();
  const { http, adopt } = useClient();
  const { t } = useLanguage();
  const [asking, setAsking] = useState(false);
  const action = useAction();
  if (!canWithdraw(view)) return null;
  return (
    <div className="quiet">
      <button type="button" className="link muted-link" disabled={action.busy} {...testid('withdraw')} onClick={() => { setAsking(true); }}>{t('撤回申请', 'Withdraw the application')}</button>
      <ErrorNote problem={action.problem} again={action.again} />
      {asking && (
        <Confirm title={t('确定撤回申请吗？', 'Withdraw the application?')} text={t('撤回后本次申请结束，需要重新填写才能开户。', 'This application ends. To open an account you would start again.')}
          yes={t('确定撤回', 'Yes, withdraw')} no={t('不撤回，继续办理', 'No, go on')} yesId="withdraw-confirm" noId="withdraw-cancel"
          onYes={() => { setAsking(false); action.run(async () => { adopt(await http(api.withdraw)); }); }} onNo={() => { setAsking(false); }} />
      )}
    </div>
  );
}
