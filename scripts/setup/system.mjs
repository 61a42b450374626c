import { accessSync, constants, existsSync, readFileSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { withLock } from './lock.mjs';
import { SetupError, run, step } from './steps.mjs';

/** What a command may need of the system: how to see that it is there, and what Debian calls it. */
const NEEDS = {
  redis: { present: () => onPath('redis-server'), packages: ['redis-server'], what: 'redis-server (or set REDIS_URL)' },
  ffmpeg: { present: () => onPath('ffmpeg') && onPath('ffprobe'), packages: ['ffmpeg'], what: 'ffmpeg 5 or newer, with ffprobe' },
  chromium: { present: () => onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome'), packages: ['chromium'], what: 'Chromium' },
  fonts: { present: hasChineseFont, packages: ['fonts-noto-cjk'], what: 'a Chinese font (Noto Sans CJK)' },
  // To build the media worker, when no finished one is to be had.
  worker: {
    present: () => ['cmake', 'ninja', 'g++', 'flatc'].every(onPath) && ['srtp2/srtp.h', 'uv.h', 'absl/base/config.h', 'openssl/ssl.h', 'flatbuffers/flatbuffers.h'].every(hasHeader),
    packages: ['cmake', 'ninja-build', 'g++', 'libuv1-dev', 'libssl-dev', 'libsrtp2-dev', 'libflatbuffers-dev', 'flatbuffers-compiler', 'libabsl-dev'],
    what: 'the tools and libraries to build the media worker: cmake, ninja, a C++20 compiler, flatc, and the headers of libuv, OpenSSL, libsrtp2, FlatBuffers, Abseil (or set MEDIASOUP_WORKER_BIN)',
  },
};

/**
 * Makes sure of the programs a command needs: on Debian as root it installs them, elsewhere it says what is missing.
 * @throws SetupError that names everything missing
 */
export async function ensureSystemPackages(names, env = process.env) {
  const needed = names.filter((name) => !(name === 'redis' && (env.REDIS_URL ?? '') !== ''));
  const missing = () => needed.filter((name) => !NEEDS[name].present());
  if (missing().length === 0) return;
  const packages = missing().flatMap((name) => NEEDS[name].packages);
  const list = missing().map((name) => `  - ${NEEDS[name].what}`).join('\n');
  if (!isDebian()) throw new SetupError(`These are missing on this machine:\n${list}\nInstall them and start again.`);
  if (process.getuid?.() !== 0) throw new SetupError(`These are missing on this machine:\n${list}\nAs root: apt-get install -y --no-install-recommends ${packages.join(' ')}\nthen start again.`);
  await withLock('/tmp/video-witness-apt.lock', () => process.stdout.write('Another start installs system packages; waiting for it …\n'), async () => {
    if (missing().length > 0) await install(missing().flatMap((name) => NEEDS[name].packages));
  });
  const still = missing();
  if (still.length > 0) throw new SetupError(`apt-get installed ${packages.join(' ')}, but this is still missing:\n${still.map((name) => `  - ${NEEDS[name].what}`).join('\n')}`);
}

async function install(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = ['-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  await step(`Installing system packages (${packages.join(' ')})`, async (note) => {
    note('reading the package lists');
    await run('apt-get', [...apt, 'update', '-qq'], { env });
    note('installing');
    // The private Redis is started by us: Debian's own service must not start beside it.
    await run('apt-get', [...apt, 'install', '-y', '-qq', '--no-install-recommends', ...packages], { env: { ...env, RUNLEVEL: '1' }, onLine: (line) => note(line.slice(0, 60)) });
  });
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8')) && onPath('apt-get');
  } catch {
    return false;
  }
}

function onPath(program) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function hasHeader(name) {
  const folders = ['/usr/include', '/usr/local/include', '/opt/homebrew/include', `/usr/include/${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch] ?? process.arch}-linux-gnu`];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function hasChineseFont() {
  if (process.platform === 'darwin') return true;
  const folders = ['/usr/share/fonts', '/usr/local/share/fonts', join(process.env.HOME ?? '/', '.fonts')];
  return folders.some((folder) => existsSync(folder) && readdirSync(folder, { recursive: true }).some((file) => /cjk|wqy|droidsansfallback|sourcehan|notosanssc/i.test(file)));
}
