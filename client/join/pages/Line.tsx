import { useEffect, useState } from 'react';
import type { JSX } from 'react';
import { DeviceCheck } from '../device/DeviceCheck.tsx';
import { useWakeLock } from '../device/attention.ts';
import { ErrorNote, MainButton } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { Sheet } from '../parts/Sheet.tsx';
import { Withdraw } from '../parts/Withdraw.tsx';
import { useAction } from '../state/action.ts';
import { useClient, useView } from '../state/client.tsx';
import { useLine } from '../state/line.tsx';
import { useLanguage } from '../state/language.tsx';
import { testid } from '../testids.ts';
import { Ready } from './Ready.tsx';

/** Waiting: place, honest expected time, and the device check again without losing the place (R60, R61). */
export function Line(): JSX.Element {
  const view = useView();
  const { refresh } = useClient();
  const { place: told, ready, socketState, join, leave, remember, comeBack } = useLine();
  const { t } = useLanguage();
  const [checking, setChecking] = useState(false);
  const keep = useAction();
  const action = useAction();
  const { run } = keep;
  useWakeLock();
  // After a reload or a broken socket the place is claimed again; the server keeps it for us.
  const waiting = view.state === 'waiting';
  useEffect(() => { if (waiting && socketState === 'open' && ready !== null) run(() => join(ready)); }, [waiting, socketState, ready, join, run]);
  const polling = view.state === 'waiting' ? 15_000 : 3000;
  useEffect(() => { const timer = setInterval(() => { refresh().catch(() => undefined); }, polling); return () => { clearInterval(timer); }; }, [refresh, polling]);

  if (ready === null) return <Ready />;
  if (view.session !== null) {
    return <Frame key="call" step="line" title={t('通话还在等您', 'Your call is waiting')} lead={t('刚才的通话还没有结束，可以回到同一位工作人员那里继续。', 'Your call is still open: go back to the same agent.')} footer={<MainButton id="call-return" onClick={comeBack}>{t('回到通话', 'Back to the call')}</MainButton>}>{null}</Frame>;
  }
  if (!waiting) {
    return (
      <Frame key="join" step="line" lead={t('设备检测已通过。准备好身份证原件，就可以开始排队。', 'Your device has passed the check. Have your ID card ready and join the line.')}
        footer={<><ErrorNote problem={action.problem} again={action.again} /><MainButton id="line-join" busy={action.busy || view.state === 'in_call'} onClick={() => { action.run(() => join(ready)); }}>{t('开始排队', 'Join the line')}</MainButton></>}>
        <Withdraw />
      </Frame>
    );
  }
  const place = told ?? view.line;
  const seconds = place?.expectedSeconds ?? null;
  const held = place?.held !== undefined;
  const expected = held ? t('系统维护中，暂停接通', 'Maintenance: no call is connected at the moment') : seconds === null ? t('目前没有见证坐席在线', 'No witness agent is online at the moment') : seconds < 45 ? t('预计不到 1 分钟', 'Less than a minute, we expect') : t(`预计约 ${Math.ceil(seconds / 60)} 分钟`, `About ${Math.ceil(seconds / 60)} min, we expect`);
  return (
    <Frame key="waiting" step="line" lead={held ? t('恢复后轮到您时会响铃、震动，并自动接通。', 'Once calls go on, it rings, buzzes and connects by itself when it is your turn.') : t('请不要离开本页。轮到您时会响铃、震动，并自动接通。', 'Stay on this page. When it is your turn it rings, buzzes and connects by itself.')}
      footer={<MainButton id="line-check" kind="default" onClick={() => { setChecking(true); }}>{t('再检测一次设备（位置保留）', 'Check my device again (place kept)')}</MainButton>}>
      <section className="card line-card" aria-live="polite">
        <span className="pulse" aria-hidden="true" />
        {place === null ? <p>{t('正在排队…', 'Joining the line…')}</p> : (
          <>
            <p className="muted">{t('您在第', 'Your place')}</p>
            <p className="line-place"><b {...testid('line-place')}>{place.place}</b>{t(' 位', '')}</p>
            <p className="line-expected" {...testid('line-expected')} data-staffed={seconds !== null} data-held={held}>{expected}</p>
            {held && <p className="muted" {...testid('line-held')}>{t('我们正在处理，恢复后按顺序自动接通，您的位置保留着。也可以稍后再来，已填内容都已保存。', 'We are working on it. You are connected in turn once it is done, and your place is kept. You may also come back later: everything is saved.')}</p>}
            {!held && seconds === null && <p className="muted">{t('坐席上线后按顺序接通，您的位置保留着。也可以稍后再来，已填内容都已保存。', 'You are connected in turn once an agent is there, and your place is kept. You may also come back later: everything is saved.')}</p>}
          </>
        )}
      </section>
      {socketState !== 'open' && <div className="strip" role="status">{t('正在重新连接，您的位置会保留。', 'Reconnecting; your place is kept.')}</div>}
      <ErrorNote problem={keep.problem} again={keep.again} />
      <ul className="tips card">
        <li>{t('请把身份证原件拿在手边，工作人员会请您出示两面。', 'Have your original ID card ready: the agent asks for both sides.')}</li>
        <li>{t('请用清楚的“是”或“不是”回答问题。', 'Answer with a clear yes or no.')}</li>
        <li>{t('密码请勿告诉任何人。', 'Tell nobody your passwords.')}</li>
      </ul>
      <div className="quiet"><button type="button" className="link muted-link" disabled={action.busy} {...testid('line-leave')} onClick={() => { action.run(leave); }}>{t('暂不排队，稍后再来', 'Leave the line, come back later')}</button></div>
      <ErrorNote problem={action.problem} again={action.again} />
      {checking && <Sheet title={t('设备检测', 'Device check')} closeId="line-check-close" onClose={() => { setChecking(false); }}><DeviceCheck doneWords={t('好了，继续等候', 'Done, go on waiting')} onDone={(next) => { remember(next); setChecking(false); }} /></Sheet>}
    </Frame>
  );
}
