import { mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';

export interface Person { readonly context: BrowserContext; readonly page: Page; readonly pid: number | undefined; kill(): Promise<void>; close(): Promise<void> }
export interface BrowserOptions {
  readonly video?: string;
  readonly audio?: string;
  readonly viewport: { width: number; height: number };
  readonly mobile?: boolean;
  /** Without the fake devices: a phone that has no camera. */
  readonly noCamera?: boolean;
  /** The person refuses the camera. */
  readonly refuseCamera?: boolean;
  /** A profile folder of the caller's, who also removes it: a person who closes the browser and comes back has the same cookies. */
  readonly profile?: string;
}

const EXECUTABLE = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--disable-features=WebRtcHideLocalIpsWithMdns', '--autoplay-policy=no-user-gesture-required', '--mute-audio',
  // Two browsers on two cores: neither may be slowed down because its window is "hidden".
  '--disable-backgrounding-occluded-windows', '--disable-renderer-backgrounding', '--disable-background-timer-throttling',
];

/** One person is one browser process: the fake camera file belongs to the process. */
export async function openBrowser(options: BrowserOptions): Promise<Person> {
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'witness-browser-'));
  const devices = options.noCamera ? [] : [
    '--use-fake-device-for-media-stream',
    ...(options.refuseCamera ? [] : ['--use-fake-ui-for-media-stream']),
    ...(options.video ? [`--use-file-for-fake-video-capture=${options.video}`] : []),
    ...(options.audio ? [`--use-file-for-fake-audio-capture=${options.audio}`] : []),
  ];
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: EXECUTABLE, headless: true, ignoreHTTPSErrors: true, viewport: options.viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
    ...(options.mobile ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
    args: [...QUIET, ...devices],
  });
  const page = context.pages()[0] ?? await context.newPage();
  const pid = pidOf(profile);
  const cleanUp = (): void => {
    if (options.profile !== undefined) return;
    // A child of the browser may be writing still: what it leaves in the temporary folder fails nobody's test.
    try { rmSync(profile, { recursive: true, force: true, maxRetries: 10 }); } catch { /* left there */ }
  };
  return {
    context, page, pid,
    async kill() {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
      await context.close().catch(() => undefined);
      cleanUp();
    },
    async close() {
      await context.close();
      cleanUp();
    },
  };
}

/** Chromium's profile lock is a symbolic link to `host-pid`. */
function pidOf(profile: string): number | undefined {
  try {
    const target = readlinkSync(join(profile, 'SingletonLock'));
    return Number(target.slice(target.lastIndexOf('-') + 1)) || undefined;
  } catch {
    return undefined;
  }
}
