import { describe, expect, test } from '@jest/globals';
import { webmCluster, webmHeader } from '../../media/recording/webm.ts';
import { parseOptions } from '../bench/recording/options.ts';
import { play } from '../bench/recording/playable.ts';
import { figuresOf, median } from '../bench/recording/report.ts';

const nothing = { sessions: null, kills: null, loss: null, skew: null, keyframes: null, muxers: null, loadBefore: 0.5, seconds: 1 };

describe('the figures of bench:recording', () => {
  test('what was left out is null and says why', () => {
    const figures = figuresOf({ ...nothing, options: parseOptions(['--only', 'kills', '--quick']), kills: { kills: 2, lostS: [0.8, 1.4], backS: [1, 1.2], files: 4, unplayable: ['client 1: torn'], linked: 2 } });
    expect(figures).toMatchObject({
      quick: true, kills: 2, lost_s_max: 1.4, lost_s_median: 1.1, files_unplayable: 1, sessions: null, loss5_frames_vs_viewer: null, av_skew_ms: null,
      why_sessions: 'left out by --only', why_loss5_frames_vs_viewer: 'left out by --only', why_av_skew_ms: 'left out by --only', spread: { lost_s: { min: 0.8, max: 1.4 } },
    });
    expect(figures).not.toHaveProperty('why_kills');
  });

  test('the worse of the two legs is the figure, and an ffmpeg that did not fit is null with its reason', () => {
    const leg = { seconds: 60, viewer: 1000, dropped: 9, viewerFreezes: 0, recorderLost: 0, recorderRepaired: 9 };
    const row = { n: 40, cpu: 0.0123456, rssMb: 3, addedRssMb: 100, lost: 0, received: 9, senderLateMs: 3, workerCpu: 0.5, workerCpuFfmpeg: null, ffmpegCpu: null, ffmpegRssMb: null, whyFfmpeg: 'no room' };
    const figures = figuresOf({ ...nothing, options: parseOptions([]), sessions: [row], loss: [{ ...leg, leg: 'sender', recorded: 1001, ratio: 1.001 }, { ...leg, leg: 'recorder', recorded: 993, ratio: 0.993 }] });
    expect(figures).toMatchObject({ quick: false, loss5_frames_vs_viewer: 0.993, sessions: [{ n: 40, cpu_per_participant: 0.01235, ffmpeg_cpu_per_participant: null, why_ffmpeg_cpu_per_participant: 'no room' }] });
  });

  test('an unknown part, and a number that is none, are refused by name', () => {
    expect(() => parseOptions(['--only', 'kill'])).toThrow(/--only knows .*, not "kill"/);
    expect(() => parseOptions(['--kills', '-3'])).toThrow();
    expect(() => parseOptions(['--sessions', '1,0'])).toThrow(/--sessions/);
    expect(parseOptions(['--sessions', '1,40', '--skew', '90'])).toMatchObject({ sessions: [1, 40], skewMs: 90_000 });
  });

  test('the median of an even count lies between the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([3, 1, 2])).toBe(2);
    expect(median([])).toBeNull();
  });

  test('sound whose times are close together, because its sender’s clock was set back, counts as playing', async () => {
    const times = [0, 20, 41, 60, 80, 99, 121, 140];
    while (times.length < 60) times.push(times.length < 18 ? times.at(-1)! + 1 : (times.length - 10) * 20 + (times.length % 3) - 1);
    const silence = Buffer.from('f8fffe', 'hex');
    const cluster = webmCluster(times.map((timeMs) => ({ track: 2, timeMs, key: true, data: silence })));
    expect(await play(Buffer.concat([webmHeader({ audio: { channels: 1 } }, 0), cluster]))).toMatchObject({ playable: true });
    expect(await play(Buffer.concat([webmHeader({ audio: { channels: 1 } }, 0), cluster.subarray(0, 90)]))).toMatchObject({ playable: false });
  });
});
