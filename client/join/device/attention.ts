import { useEffect } from 'react';

/** Two rising notes and a buzz: the agent is ready. Silent where the browser allows neither. */
export const ring = (): void => {
  try { navigator.vibrate?.([300, 150, 300]); } catch { /* not allowed */ }
  try {
    const context = new AudioContext();
    const gain = context.createGain();
    gain.connect(context.destination);
    gain.gain.value = 0.15;
    for (const [index, frequency] of [660, 880, 660, 880].entries()) {
      const note = context.createOscillator();
      note.frequency.value = frequency;
      note.connect(gain);
      note.start(context.currentTime + index * 0.22);
      note.stop(context.currentTime + index * 0.22 + 0.18);
    }
    setTimeout(() => { void context.close().catch(() => undefined); }, 1500);
  } catch { /* no sound */ }
};

/** Keeps the screen on while mounted: a dark phone in the line misses its call. */
export const useWakeLock = (): void => {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let gone = false;
    const take = (): void => {
      if (document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      navigator.wakeLock.request('screen').then((got) => { if (gone) void got.release(); else lock = got; }, () => undefined);
    };
    take();
    document.addEventListener('visibilitychange', take);
    return () => { gone = true; document.removeEventListener('visibilitychange', take); void lock?.release().catch(() => undefined); };
  }, []);
};
