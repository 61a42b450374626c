import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Pool } from 'pg';
import type { CaseView } from '../../../contracts/http/staff.ts';
import type { PhotoKind } from '../../../contracts/script.ts';
import { renderAgentCamera, renderClientCamera } from '../camera/index.ts';
import type { ClientCamera, RenderedCamera } from '../camera/index.ts';
import { apiOf } from './api.ts';
import type { Answer, Api } from './api.ts';
import { openBrowser } from './browser.ts';
import type { Person } from './browser.ts';
import { clientToLine } from './client.ts';
import { freshInstance } from './instance.ts';
import type { FreshInstance } from './instance.ts';
import { inventClient } from './persons.ts';
import { acceptOffer, capture, logIn, takeSeat, waitForSection } from './staff.ts';
import type { Press } from './staff.ts';

/** What must not have changed after something refused. Not the session's version: an answer of the police check that comes meanwhile raises it (R28). */
export interface Standing {
  readonly application: string; readonly applicationVersion: number; readonly session: string;
  readonly outcome: string | null; readonly decision: string | null; readonly ticks: number; readonly photos: number;
}

/** One client and one agent in a running call on a fresh instance. */
export interface CallScene {
  readonly instance: FreshInstance;
  phone: Person;
  desk: Person;
  readonly camera: ClientCamera;
  readonly agentCamera: RenderedCamera;
  readonly phoneFiles: { readonly video: string; readonly audio: string };
  readonly sessionId: string;
  readonly applicationId: string;
  /** Requests with the witness's own cookies. */
  readonly witness: Api;
  readonly db: Pool;
  /** Tickets that the witness's page has used, in their order. */
  readonly usedTickets: readonly string[];
  standing(): Promise<Standing>;
  caseView(): Promise<CaseView>;
  decide(body: object): Promise<Answer>;
  photo(kind: PhotoKind): Promise<Press>;
  close(): Promise<void>;
}

/** A call is opened in about a minute; on a machine that is busy with others it takes longer. */
export const OPENING_MS = 480_000;
const PHONE = { viewport: { width: 360, height: 640 }, mobile: true };

/** Opens the client's browser with the scene's camera; `profile` lets it come back with its cookies. */
export const openPhone = (files: { video: string; audio: string }, profile?: string): Promise<Person> =>
  openBrowser({ ...PHONE, ...files, ...(profile === undefined ? {} : { profile }) });

/** Brings a client and the witness `username` into a connected, recorded call. */
export async function openCallScene(options: { seed: number; witness: string; profile?: (instance: FreshInstance) => string }): Promise<CallScene> {
  const opened: { close(): Promise<unknown> }[] = [];
  const close = async (): Promise<void> => { for (const one of opened.splice(0).reverse()) await one.close().catch(() => undefined); };
  try {
    const instance = await freshInstance();
    opened.push({ close: () => instance.dispose() });
    const { card, client } = await inventClient(options.seed);
    const [camera, agentCamera] = await Promise.all([renderClientCamera(join(instance.dataDir, 'client-camera'), card, { sectionSeconds: 6 }), renderAgentCamera(join(instance.dataDir, 'agent-camera'))]);
    const phoneFiles = { video: camera.videoPath, audio: camera.audioPath };
    const phone = await openPhone(phoneFiles, options.profile?.(instance));
    opened.push(phone);
    const desk = await openBrowser({ video: agentCamera.videoPath, audio: agentCamera.audioPath, viewport: { width: 1366, height: 768 } });
    opened.push(desk);
    const usedTickets = ticketsOf(desk);
    await logIn(desk.page, instance, instance.login(options.witness));
    await takeSeat(desk.page);
    await clientToLine(phone.page, instance, client, { step: (_, work) => work() });
    await acceptOffer(desk.page);
    await untilRecorded(desk);
    const call = desk.page.getByTestId('call-page');
    const [sessionId, applicationId] = [(await call.getAttribute('data-session'))!, (await call.getAttribute('data-application'))!];
    const db = new Pool({ connectionString: instance.env['DATABASE_URL'], max: 1 });
    db.on('error', () => undefined);
    opened.push({ close: () => db.end() });
    // The recorder may run for the agent's picture alone: the call begins when both send.
    for (let tries = 0; (await standing(db, sessionId)).session !== 'live'; tries++) {
      if (tries === 120) throw new Error(`the call is not live: ${JSON.stringify(await standing(db, sessionId))}`);
      await desk.page.waitForTimeout(250);
    }
    const witness = apiOf(desk.page.context().request, instance.url);
    return {
      instance, phone, desk, camera, agentCamera, phoneFiles, sessionId, applicationId, witness, db, usedTickets, close,
      standing: () => standing(db, sessionId),
      caseView: async () => (await witness.get<CaseView>(`/api/cases/${applicationId}`)).body,
      decide: (body) => witness.post(`/api/sessions/${sessionId}/decision`, body),
      photo: async (kind) => {
        await waitForSection(desk.page, camera.sections[kind]);
        return capture(desk.page, kind);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the call is connected at the desk and the recorder runs. */
export async function untilRecorded(desk: Person, timeout = 40_000): Promise<void> {
  await desk.page.locator('[data-testid="call-state"][data-phase="connected"]').waitFor({ timeout });
  await desk.page.locator('[data-testid="recorder-state"][data-running="true"]').waitFor({ timeout });
}

function ticketsOf({ page }: Person): string[] {
  const tickets: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => {
    const ticket = /"ticket":"([^"]+)"/.exec(String(payload))?.[1];
    if (ticket !== undefined) tickets.push(ticket);
  }));
  return tickets;
}

async function standing(db: Pool, sessionId: string): Promise<Standing> {
  const { rows } = await db.query<Standing>(`
    select a.state as application, a.version as "applicationVersion", s.state as session, s.outcome, s.decision,
      (select count(*)::int from script_tick t where t.session_id = s.id) as ticks, (select count(*)::int from photo p where p.session_id = s.id) as photos
    from witness_session s join application a on a.id = s.application_id where s.id = $1`, [sessionId]);
  return rows[0]!;
}

/** The recorder process of this instance, found by its command line. */
export function recorderPid(instance: FreshInstance): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (words.some((word) => word.endsWith('media/recording/process.ts')) && words.some((word) => word.startsWith(instance.dataDir))) return Number(name);
    } catch { /* ended meanwhile */ }
  }
  return undefined;
}

/** Kills the recorder, and every one that is started in its place, until it is told to stop. */
export function keepRecorderDown(instance: FreshInstance): { readonly killedAt: number; stop(): void } {
  const kill = (): void => {
    const pid = recorderPid(instance);
    if (pid !== undefined) try { process.kill(pid, 'SIGKILL'); } catch { /* ended meanwhile */ }
  };
  kill();
  const killedAt = Date.now();
  const timer = setInterval(kill, 100);
  return { killedAt, stop: () => clearInterval(timer) };
}
