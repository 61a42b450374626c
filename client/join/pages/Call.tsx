import { useCallback, useEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import { useWakeLock } from '../device/attention.ts';
import { useCall } from '../device/useCall.ts';
import { MainButton } from '../parts/Basics.tsx';
import { Confirm } from '../parts/Sheet.tsx';
import { useBack } from '../state/back.ts';
import { useClient } from '../state/client.tsx';
import { useLine } from '../state/line.tsx';
import type { Invitation } from '../state/line.tsx';
import { useLanguage } from '../state/language.tsx';
import { useSettling } from '../state/taps.ts';
import { testid } from '../testids.ts';

/** Step 13: the witness session. The agent's name and licence stand on the screen from the first moment (R6). */
export function CallPage({ invitation }: { readonly invitation: Invitation }): JSX.Element {
  const { http } = useClient();
  const { ticket, onStillWanted, callOver } = useLine();
  const { t } = useLanguage();
  const [asking, setAsking] = useState(false);
  const [pictured, setPictured] = useState(false);
  useBack(() => { setAsking(true); });
  useSettling();
  const remoteVideo = useRef<HTMLVideoElement>(null);
  const localVideo = useRef<HTMLVideoElement>(null);
  const video = useCallback(() => remoteVideo.current, []);
  // Sound may come first: only a picture with a size is one.
  const look = useCallback(() => { setPictured((remoteVideo.current?.videoWidth ?? 0) > 0); }, []);
  const call = useCall({ http, invitation, ticket, onStillWanted, video });
  useWakeLock();
  useEffect(() => { if (remoteVideo.current && remoteVideo.current.srcObject !== call.remote) remoteVideo.current.srcObject = call.remote; }, [call.remote]);
  useEffect(() => { if (localVideo.current && call.local) { localVideo.current.srcObject = call.local; void localVideo.current.play().catch(() => undefined); } }, [call.local]);
  const { phase } = call;
  useEffect(() => {
    if (phase !== 'ended') return undefined;
    const timer = setTimeout(callOver, 1200);
    return () => { clearTimeout(timer); };
  }, [phase, callOver]);

  const words = phase === 'opening' ? t('正在打开摄像头…', 'Opening the camera…')
    : phase === 'connecting' ? t('正在接通…', 'Connecting…')
    : phase === 'reconnecting' ? t('网络不稳，正在重新接通。请稍候，不用重来。', 'The network is unsteady; reconnecting. Please wait, nothing is lost.')
    : phase === 'ended' ? t('通话已结束', 'The call has ended')
    : phase === 'connected' && !call.agentHere ? t('请稍候，工作人员马上就来', 'One moment, the agent is on the way')
    : phase === 'connected' && !pictured ? t('已接通，正在等待工作人员的画面…', 'Connected; waiting for the agent’s picture…') : null;
  const deviceWords = call.opened === null ? '' : call.opened.camera === 'refused' || call.opened.microphone === 'refused'
    ? t('请允许使用摄像头和麦克风（浏览器地址栏旁的图标），再点“重试”。', 'Allow camera and microphone (icon beside the address), then try again.')
    : t('摄像头或麦克风被占用。请关闭其他通话，再点“重试”。', 'Camera or microphone is in use elsewhere. End other calls, then try again.');
  return (
    <div className={call.detail ? 'call detail' : 'call'} {...testid('call-state')} data-state={phase}>
      <video ref={remoteVideo} className="remote" playsInline autoPlay onPlaying={look} onResize={look} onEmptied={look} {...testid('call-remote-video')} />
      <div className="call-top">
        <div className="call-agent" {...testid('call-agent')}>
          <b>{t('见证人员', 'Witness agent')} {invitation.agentName}</b>
          <span>{t('执业编号', 'Licence')} {invitation.agentLicence}</span>
        </div>
        <span className={call.recording ? 'rec on' : 'rec'} {...testid('call-recording')} data-on={call.recording}><i aria-hidden="true" />{call.recording ? t('录制中', 'Recording') : t('准备录制', 'Rec. starting')}</span>
      </div>
      <div className="own">
        <video ref={localVideo} muted playsInline autoPlay {...testid('call-local-video')} />
        {call.detail && <div className="card-frame" {...testid('call-card-frame')}><span>{t('请把身份证放进框内，拿稳', 'Hold your ID card inside the frame')}</span></div>}
      </div>
      {words !== null && <div className="call-words" role="status">{words}</div>}
      {call.muted && <button type="button" className="call-sound" {...testid('call-unmute')} onClick={call.unmute}>{t('点这里打开声音', 'Tap to hear the agent')}</button>}
      {(phase === 'no-device' || phase === 'failed' || phase === 'takenOver') && (
        <div className="call-problem" role="alert">
          <p>{phase === 'no-device' ? deviceWords : phase === 'takenOver' ? t('您已在另一台设备上继续通话。', 'You went on with the call on another device.') : t('暂时接不通。您的申请没有被拒绝，可以再试一次。', 'It does not connect at the moment. Your application is not rejected; you can try again.')}</p>
          <MainButton id="call-retry" onClick={call.retry}>{t('重试', 'Try again')}</MainButton>
          {phase === 'failed' && <button type="button" className="link" onClick={callOver}>{t('返回查看进度', 'Back to my application')}</button>}
        </div>
      )}
      <div className="call-bottom">
        <button type="button" className="hangup" {...testid('call-hangup')} onClick={() => { setAsking(true); }} aria-label={t('挂断', 'Hang up')}>
          <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 9c-3.6 0-7 .9-9.6 2.6-.8.5-1 1.500-.6 2.300l1.300 2.300c.4.7 1.200 1 2 .7l2.600-1c.7-.2 1.100-.9 1.100-1.600v-1.800c2-.6 4.400-.6 6.400 0v1.800c0 .7.4 1.400 1.100 1.600l2.600 1c.8.3 1.600 0 2-.7l1.300-2.300c.4-.8.2-1.800-.6-2.300C19 9.900 15.600 9 12 9z" /></svg>
          <span>{t('挂断', 'Hang up')}</span>
        </button>
      </div>
      {asking && <Confirm title={t('要挂断吗？', 'Hang up?')} text={t('见证还没有完成。挂断后需要重新排队。', 'The witness session is not finished. You would have to join the line again.')} yes={t('挂断', 'Hang up')} no={t('继续通话', 'Stay in the call')} yesId="call-hangup-confirm" noId="call-hangup-cancel" onYes={() => { setAsking(false); call.hangUp(); }} onNo={() => { setAsking(false); }} />}
    </div>
  );
}
