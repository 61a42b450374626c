import { join } from 'node:path';
import { z } from 'zod';
import { bankRoutes } from './bank.ts';
import { caRoutes } from './ca.ts';
import { coreRoutes } from './core.ts';
import { depositoryRoutes } from './depository.ts';
import { listen } from './http.ts';
import type { Listener, ListenerOptions, Routes } from './http.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { policeErrorCode, policeRoutes } from './police.ts';
import { smsRoutes } from './sms.ts';
import { createSwitches, subjectOf, switchBody, system, SYSTEMS } from './switches.ts';
import type { System } from './switches.ts';
import { startTsa, tsaSwitch } from './tsa.ts';

export type SimulatorUrls = Record<System | 'control' | 'tsa', string>;

export interface Simulators {
  readonly urls: SimulatorUrls;
  /** Closing twice is harmless. */
  close(): Promise<void>;
}

export interface SimulatorOptions {
  /** Control listens here, the systems on the next seven ports (police, depository, core, bank, ca, sms, and the time stamp authority); 0 takes free ones. */
  readonly basePort: number;
  /** Folder that lets a restart keep accounts and keys; without it everything is in memory. */
  readonly dataDir?: string | undefined;
  /** Allows one-time codes to be read at the control port. */
  readonly demo?: boolean | undefined;
}

interface LogLine { at: string; system: System; method: string; path: string; reference: string | null; key: string | null; outcome: string }
const LOG_LINES = 5000;

/** Starts all outside systems, each on a port of its own of 127.0.0.1. */
export const startSimulators = async (options: SimulatorOptions): Promise<Simulators> => {
  const file = (name: string): string | undefined => (options.dataDir === undefined ? undefined : join(options.dataDir, name));
  const ledgers = { depository: createLedger(file('depository.json')), core: createLedger(file('core.json')), bank: createLedger(file('bank.json')) };
  const sms = smsRoutes(options.demo ?? true);
  const routes: Record<System, Routes> = {
    police: policeRoutes(), depository: depositoryRoutes(ledgers.depository), core: coreRoutes(ledgers.core, file('core.key')),
    bank: bankRoutes(ledgers.bank), ca: await caRoutes(file('ca.key')), sms: sms.system,
  };
  const switches = createSwitches();
  const log: LogLine[] = [];
  const listeners = {} as Record<System, Listener>;

  const optionsOf = (name: System): ListenerOptions => ({
    port: options.basePort === 0 ? 0 : options.basePort + 1 + SYSTEMS.indexOf(name),
    routes: routes[name],
    fault: (body) => {
      const fault = switches.faultOf(name, body);
      // An answer can only be lost after work: a mere question (identity query, password check) has none.
      const works = !(name in ledgers) || subjectOf(body).key !== undefined;
      return works ? fault : { ...fault, loseAnswer: false };
    },
    ...(name === 'police' ? { onErrorCode: policeErrorCode } : {}),
    inFlight: (body) => (ledgers as Partial<Record<System, Ledger>>)[name]?.begin(subjectOf(body).key) ?? (() => undefined),
    record: ({ method, route, body, outcome }) => {
      const subject = subjectOf(body);
      log.push({ at: new Date().toISOString(), system: name, method, path: route, reference: subject.reference ?? null, key: subject.key ?? keyOf(body), outcome });
      if (log.length > LOG_LINES) log.shift();
    },
  });

  const setListeners = async (): Promise<void> => {
    const isDown = (name: System): boolean => switches.list().some((s) => s.system === name && s.body.match === undefined && s.body.down === true);
    await Promise.all(SYSTEMS.map((name) => (isDown(name) ? listeners[name].down() : listeners[name].up())));
  };

  const control: Routes = {
    ...sms.control,
    'GET /health': () => ({ ok: true }),
    'GET /switch': () => ({ switches: switches.list() }),
    'PUT /switch/:system': async ({ parameters, body }) => {
      switches.set(system.parse(parameters['system']), switchBody.parse(body));
      await setListeners();
      return { ok: true };
    },
    'DELETE /switch/:system': async ({ parameters }) => {
      switches.clear(system.parse(parameters['system']));
      await setListeners();
      return { ok: true };
    },
    'DELETE /switch': async () => {
      switches.clear();
      await setListeners();
      return { ok: true };
    },
    'GET /log': ({ query }) => ({ calls: log.filter((line) => query.get('reference') === null || line.reference === query.get('reference')) }),
    /** How often each thing was really done, by kind: the proof that nobody got two accounts. */
    'GET /totals': ({ query }) => {
      const totals: Record<string, number> = {};
      const reference = query.get('reference');
      for (const e of Object.values(ledgers).flatMap((ledger) => ledger.entries())) if (reference === null || e.reference === reference) totals[e.kind] = (totals[e.kind] ?? 0) + 1;
      return { totals };
    },
  };

  const opened: Pick<Listener, 'close'>[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((listener) => listener.close()));
  };
  try {
    for (const name of SYSTEMS) opened.push((listeners[name] = await listen(optionsOf(name))));
    const tsa = await startTsa({ port: options.basePort === 0 ? 0 : options.basePort + 1 + SYSTEMS.length, keyFile: file('tsa.key') });
    opened.push(tsa);
    control['PUT /tsa'] = ({ body }) => { tsa.switch(tsaSwitch.parse(body)); return { ok: true }; };
    const controlListener = await listen({ port: options.basePort, routes: control });
    opened.push(controlListener);
    const urls = { control: controlListener.url, tsa: tsa.url } as SimulatorUrls;
    for (const name of SYSTEMS) urls[name] = listeners[name].url;
    return { urls, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const keyOf = (body: unknown): string | null => z.object({ key: z.string() }).safeParse(body).data?.key ?? null;
