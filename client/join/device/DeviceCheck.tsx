import { useCallback, useEffect, useRef, useState } from 'react';
import type { JSX } from 'react';
import { CLIENT_OPERATIONS as api } from '../../../contracts/http/client.ts';
import type { ReadyCheck } from '../../../contracts/http/client.ts';
import type { Http } from '../../rtc/http.ts';
import { MainButton } from '../parts/Basics.tsx';
import { useClient } from '../state/client.tsx';
import { useLanguage } from '../state/language.tsx';
import type { Both } from '../state/language.tsx';
import { testid } from '../testids.ts';
import { brightnessOf, lightOf, openDevices, stopStream, surroundings, watchLevel } from './camera.ts';

type Item = 'camera' | 'microphone' | 'network' | 'light';
type Found = { [K in Item]: ReadyCheck[K] | 'checking' | 'unknown' };
const NOTHING: Found = { camera: 'checking', microphone: 'checking', network: 'checking', light: 'checking' };

const NAMES: Readonly<Record<Item, Both>> = {
  camera: { zh: '摄像头', en: 'Camera' }, microphone: { zh: '麦克风', en: 'Microphone' }, network: { zh: '网络', en: 'Network' }, light: { zh: '光线', en: 'Light' },
};
const OK: Readonly<Record<Item, Both>> = {
  camera: { zh: '正常，您能看到自己', en: 'Works: you can see yourself' }, microphone: { zh: '正常，听到您了', en: 'Works: we can hear you' },
  network: { zh: '通畅', en: 'Good' }, light: { zh: '合适', en: 'Good' },
};
/** One plain fix per failure (R61). */
const FIXES: Readonly<Record<string, Both>> = {
  'camera.refused': { zh: '您没有允许使用摄像头。请点地址栏旁的图标（或手机“设置”→浏览器→相机）选“允许”，再点“重新检测”。', en: 'The camera was not allowed. Tap the icon beside the address (or Settings → browser → Camera), choose "Allow", then check again.' },
  'camera.missing': { zh: '没有找到摄像头。请换一部有前置摄像头的手机。', en: 'No camera was found. Use a phone with a front camera.' },
  'camera.busy': { zh: '摄像头被其他程序占用。请关闭微信视频、相机等程序，再点“重新检测”。', en: 'Another app is using the camera. Close it, then check again.' },
  'microphone.refused': { zh: '您没有允许使用麦克风。请在浏览器设置中选“允许”，再点“重新检测”。', en: 'The microphone was not allowed. Choose "Allow" in the browser’s settings, then check again.' },
  'microphone.missing': { zh: '没有找到麦克风。请拔下耳机或换一部手机。', en: 'No microphone was found. Unplug the headset or use another phone.' },
  'microphone.busy': { zh: '麦克风被其他程序占用，例如正在通话。请结束后再点“重新检测”。', en: 'Another app, perhaps a phone call, is using the microphone. End it, then check again.' },
  'microphone.silent': { zh: '还没听到声音。请大声说“你好”；仍没有反应就拔下耳机再试。', en: 'Nothing heard yet. Say "hello" loudly; if nothing moves, unplug the headset and try again.' },
  'network.slow': { zh: '网络较慢，视频可能卡顿。建议换到 Wi-Fi 或信号好的地方，也可以继续。', en: 'The network is slow and the video may stall. Wi-Fi or better reception helps; you can go on.' },
  'network.unreachable': { zh: '连不上服务器。请检查 Wi-Fi 或手机信号，再点“重新检测”。', en: 'The server cannot be reached. Check Wi-Fi or signal, then check again.' },
  'light.dark': { zh: '光线太暗。请面向窗户或开灯。', en: 'Too dark. Face a window or switch on a light.' },
  'light.bright': { zh: '光线太强。请避开直射的灯或阳光。', en: 'Too bright. Move out of direct light.' },
};
const SILENT_AFTER_MS = 6000;

/** Times three small answers of the server; the middle one counts. */
const timeNetwork = async (http: Http): Promise<ReadyCheck['network']> => {
  const times: number[] = [];
  try {
    for (let i = 0; i < 3; i += 1) {
      const from = performance.now();
      await Promise.race([http(api.banks), new Promise((_, reject) => { setTimeout(() => { reject(new Error('slow')); }, 6000); })]);
      times.push(performance.now() - from);
    }
  } catch {
    return 'unreachable';
  }
  return (times.sort((a, b) => a - b)[1] ?? 0) > 800 ? 'slow' : 'ok';
};

const browserName = (): string => /(MicroMessenger|QQBrowser|UCBrowser|HuaweiBrowser|EdgA?|Firefox|CriOS|Chrome|Safari)\/?[\d.]*/.exec(navigator.userAgent)?.[0].slice(0, 40) ?? 'unknown';

/** Why there can be no camera on this page at all, and the way out. */
export function Obstacle({ kind }: { readonly kind: 'insecure' | 'in-app' }): JSX.Element {
  const { t } = useLanguage();
  return kind === 'insecure'
    ? <div className="note bad" {...testid('obstacle')} data-kind={kind}><b>{t('这个地址不安全，手机不会开放摄像头', 'This address is not secure: phones give no camera to it')}</b><p>{t('请改用 https:// 开头的地址打开本页：', 'Open this page at the address that begins with https://:')}</p><p className="address">{`https://${location.host}${location.pathname}`}</p></div>
    : <div className="note bad" {...testid('obstacle')} data-kind={kind}><b>{t('当前应用里的网页不能使用摄像头', 'Pages inside this app cannot use the camera')}</b><p>{t('请点右上角“…”，选择“在浏览器打开”，用手机自带的浏览器继续。已填的内容都在。', 'Tap "…" at the top right, choose "Open in browser" and go on in your phone’s own browser. Nothing you entered is lost.')}</p></div>;
}

/**
 * The device check (R61): own picture, a level bar that must move, light measured from the picture, the network timed.
 * Nothing leaves the phone. `onDone` gets the result when the client goes on.
 */
export function DeviceCheck({ onDone, doneWords, busy = false }: { readonly onDone: (ready: ReadyCheck) => void; readonly doneWords: string; readonly busy?: boolean }): JSX.Element {
  const { http } = useClient();
  const { t, pick } = useLanguage();
  const [found, setFound] = useState<Found>(NOTHING);
  const [round, setRound] = useState(0);
  const [level, setLevel] = useState(0);
  const video = useRef<HTMLVideoElement>(null);
  const set = useCallback((part: Partial<Found>) => { setFound((old) => ({ ...old, ...part })); }, []);

  useEffect(() => {
    let gone = false;
    let stream: MediaStream | null = null;
    const ends: (() => void)[] = [];
    setFound(NOTHING);
    void timeNetwork(http).then((network) => { if (!gone) set({ network }); });
    void openDevices().then((opened) => {
      if (gone) { stopStream(opened.stream); return; }
      stream = opened.stream;
      set({ camera: opened.camera, ...(opened.microphone === 'ok' ? {} : { microphone: opened.microphone }), ...(opened.camera === 'ok' ? {} : { light: 'unknown' }) });
      const element = video.current;
      if (stream && element) { element.srcObject = stream; void element.play().catch(() => undefined); }
      if (opened.camera === 'ok') {
        const timer = setInterval(() => { const brightness = element ? brightnessOf(element) : null; if (brightness !== null) set({ light: lightOf(brightness) }); }, 700);
        ends.push(() => { clearInterval(timer); });
      }
      if (opened.microphone === 'ok' && stream) {
        let heard = false;
        const timer = setTimeout(() => { if (!heard) set({ microphone: 'silent' }); }, SILENT_AFTER_MS);
        const stop = watchLevel(stream, (now) => { setLevel(now); if (now > 0.04 && !heard) { heard = true; set({ microphone: 'ok' }); } });
        ends.push(() => { clearTimeout(timer); stop(); });
      }
    });
    return () => { gone = true; ends.forEach((end) => { end(); }); stopStream(stream); };
  }, [round, http, set]);

  const passed = found.camera === 'ok' && found.microphone === 'ok' && (found.network === 'ok' || found.network === 'slow') && found.light !== 'checking';
  const failed = (['camera', 'microphone', 'network'] as const).some((item) => found[item] !== 'checking' && found[item] !== 'ok' && found[item] !== 'slow');
  const done = (): void => {
    const { camera, microphone, network, light } = found;
    if ([camera, microphone, network, light].some((one) => one === 'checking' || one === 'unknown')) return;
    onDone({ camera, microphone, network, light, browser: browserName() } as ReadyCheck);
  };
  const row = (item: Item): JSX.Element => {
    const state = found[item];
    const kind = state === 'ok' ? 'ok' : state === 'checking' || state === 'unknown' ? 'open' : item === 'light' || state === 'slow' ? 'warn' : 'bad';
    const words = state === 'ok' ? pick(OK[item]) : state === 'checking' ? (item === 'microphone' ? t('请说一句“你好”', 'Please say "hello"') : t('正在检测…', 'Checking…')) : state === 'unknown' ? t('打开摄像头后检测', 'Checked once the camera is on') : pick(FIXES[`${item}.${state}`] ?? { zh: '', en: '' });
    return (
      <li key={item} className={`check ${kind}`} {...testid(`ready-${item}`)} data-state={state}>
        <span className="mark" aria-hidden="true">{kind === 'ok' ? '✓' : kind === 'open' ? '…' : '!'}</span>
        <div><b>{pick(NAMES[item])}</b><p>{words}</p>{item === 'microphone' && (state === 'checking' || state === 'ok' || state === 'silent') && <div className="level" aria-hidden="true"><i style={{ width: `${Math.round(level * 100)}%` }} /></div>}</div>
      </li>
    );
  };
  const place = surroundings();
  if (place !== 'ok') return <Obstacle kind={place} />;
  return (
    <>
      <div className="mirror"><video ref={video} muted playsInline autoPlay {...testid('ready-picture')} />{found.camera === 'ok' && <span>{t('这是您自己的画面', 'This is you')}</span>}</div>
      <ul className="checks" aria-live="polite">{(['camera', 'microphone', 'network', 'light'] as const).map(row)}</ul>
      <div className="inline-actions">
        {failed && <MainButton id="ready-retry" kind="default" onClick={() => { setRound((old) => old + 1); }}>{t('重新检测', 'Check again')}</MainButton>}
        <MainButton id="ready-next" disabled={!passed} busy={busy} onClick={done}>{doneWords}</MainButton>
      </div>
    </>
  );
}
