import { useState } from 'react';
import type { JSX } from 'react';
import { DeviceCheck, Obstacle } from '../device/DeviceCheck.tsx';
import { surroundings } from '../device/camera.ts';
import { ErrorNote, MainButton } from '../parts/Basics.tsx';
import { Frame } from '../parts/Frame.tsx';
import { Withdraw } from '../parts/Withdraw.tsx';
import { useAction } from '../state/action.ts';
import { useView } from '../state/client.tsx';
import { useLine } from '../state/line.tsx';
import { useLanguage } from '../state/language.tsx';

/** Before the line: the client's camera, microphone, light and network are tried (R61). */
export function Ready(): JSX.Element {
  const view = useView();
  const { remember, join } = useLine();
  const { t } = useLanguage();
  const [started, setStarted] = useState(false);
  const action = useAction();
  const place = surroundings();
  const waiting = view.state === 'waiting';
  return (
    <Frame step="ready" lead={waiting ? t('您的排队位置保留着。请再检测一次设备，然后继续等候。', 'Your place in the line is kept. Check your device once more, then go on waiting.') : t('接下来与见证人员视频，约 3 分钟。先确认手机的摄像头和麦克风可用。', 'Next is a video call with our agent, about 3 minutes. First let us see that camera and microphone work.')}
      footer={!started && place === 'ok' ? <MainButton id="ready-start" onClick={() => { setStarted(true); }}>{t('打开摄像头和麦克风', 'Switch on camera and microphone')}</MainButton> : undefined}>
      {place !== 'ok' && <Obstacle kind={place} />}
      {place === 'ok' && !started && (
        <ul className="tips card">
          <li>{t('身份证原件放在手边', 'Have your original ID card at hand')}</li>
          <li>{t('独自一人，环境安静明亮', 'Be alone, in a quiet and bright place')}</li>
          <li>{t('不戴帽子、口罩，衣着整齐', 'No hat, no mask, properly dressed')}</li>
          <li>{t('最好连接 Wi-Fi；关闭其他通话', 'Wi-Fi is best; end other calls')}</li>
          <li>{t('浏览器询问时，请选“允许”', 'When the browser asks, choose "Allow"')}</li>
        </ul>
      )}
      {started && <DeviceCheck busy={action.busy} doneWords={t('开始排队', 'Join the line')} onDone={(ready) => { remember(ready); action.run(() => join(ready)); }} />}
      <ErrorNote problem={action.problem} again={action.again} />
      {!started && <Withdraw />}
    </Frame>
  );
}
