import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from '../../../scripts/launch/launch.ts';
import type { Instance } from '../../../scripts/launch/launch.ts';
import { freePorts } from '../../../scripts/services.ts';
import { currentTotp } from '../../../server/auth/staff.ts';

export interface DemoLogin { readonly staffId: string; readonly username: string; readonly password: string; readonly totpSecret: string }
export interface FreshInstance extends Instance {
  readonly dataDir: string;
  readonly output: string[];
  login(username: string): DemoLogin;
  /** A TOTP that was not used yet: each code is accepted once. */
  totp(login: DemoLogin): Promise<string>;
  /** The one-time code last sent to this number. */
  smsCode(phone: string): Promise<string>;
  /** Turns a simulator's switch. */
  turn(system: string, state: object): Promise<void>;
  resetSwitches(): Promise<void>;
  /** Stops everything in order and starts it again on the same data and ports; `env` then names the new database. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** The switches and seven outside systems. */
const SIMULATOR_PORTS = 8;

/** A whole system of its own in a new folder: database, Redis, simulators, server. */
export async function freshInstance(env: Record<string, string> = {}): Promise<FreshInstance> {
  const dataDir = mkdtempSync(join(tmpdir(), 'witness-instance-'));
  const output: string[] = [];
  const port = await freePorts(3 + SIMULATOR_PORTS, randomInt(20_000, 22_000));
  const start = (): Promise<Instance> => launch({
    env: {
      PATH: process.env['PATH'], HOME: process.env['HOME'], MEDIASOUP_WORKER_BIN: process.env['MEDIASOUP_WORKER_BIN'],
      DATA_DIR: dataDir, PORT: String(port), CONTROL_PORT: String(port + 1), SIMULATORS_PORT: String(port + 2), RTC_PORT: String(port + 2 + SIMULATOR_PORTS), MEDIA_WORKERS: '1', ANNOUNCED_IP: '127.0.0.1', DEMO: '1', ...env,
    },
    print: (name, line) => { output.push(`${name}: ${line}`); },
  });
  let instance = await start().catch(async (error: unknown) => {
    await rm(dataDir, { recursive: true, force: true });
    throw new Error(`the instance did not start\n${output.slice(-30).join('\n')}`, { cause: error });
  });
  const logins = JSON.parse(readFileSync(join(dataDir, 'demo-staff.json'), 'utf8')) as DemoLogin[];
  const control = (): string => instance.env['SIMULATORS_URL'] ?? '';
  const used = new Map<string, string>();
  return {
    ...instance, dataDir, output,
    get env() { return instance.env; },
    stop: () => instance.stop(),
    kill: () => { instance.kill(); },
    async restart() {
      await instance.stop();
      instance = await start();
    },
    login: (username) => {
      const found = logins.find((l) => l.username === username);
      if (!found) throw new Error(`no demo login ${username}`);
      return found;
    },
    async totp(login) {
      for (;;) {
        const code = currentTotp(login.totpSecret);
        if (used.get(login.username) !== code) {
          used.set(login.username, code);
          return code;
        }
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    },
    async smsCode(phone) {
      const answer = await fetch(`${control()}/sms/latest?to=${encodeURIComponent(phone)}`);
      if (!answer.ok) throw new Error(`no message to this number (${answer.status})`);
      return ((await answer.json()) as { code: string }).code;
    },
    async turn(system, state) {
      const answer = await fetch(`${control()}/switch/${system}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(state) });
      if (!answer.ok) throw new Error(`switch ${system}: ${answer.status} ${await answer.text()}`);
    },
    async resetSwitches() {
      await fetch(`${control()}/switch`, { method: 'DELETE' });
    },
    async dispose() {
      await instance.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
