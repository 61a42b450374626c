/**
 * The agent's console as it stood at a second of the recording (R46): a fold of its changes. Pure; runs in browser and server.
 */
import type { ConsoleChange, ConsoleHistory, StandingFinding } from '../../contracts/http/replay.ts';
import type { PoliceAnswer, PoliceQuestion } from '../../contracts/police.ts';
import type { FieldName } from '../../contracts/reading.ts';
import type { PhotoKind, ScriptAnswer, ScriptItemId } from '../../contracts/script.ts';

export interface ScriptState {
  readonly item: ScriptItemId;
  readonly rule: string;
  readonly text: { readonly zh: string; readonly en: string };
  /** Every answer so far; the last one counts. */
  readonly answers: readonly { readonly answer: ScriptAnswer; readonly atMs: number }[];
  /** A clear yes outside of a recording gap (R24, R28). */
  readonly done: boolean;
}
export interface PhotoState {
  readonly photoId: string;
  readonly kind: PhotoKind;
  readonly atMs: number;
  readonly insideGap: boolean;
  /** The newest of its kind at this second; older ones were taken again. */
  readonly current: boolean;
  readonly still: 'none' | 'fits' | 'misfit';
  /** What was read of it; null: not read yet, or nothing to read. */
  readonly values: readonly { readonly field: FieldName; readonly text: string }[] | null;
}
export interface ConsoleState {
  /** Both ends are connected. */
  readonly connected: boolean;
  readonly recorderRunning: boolean;
  readonly script: readonly ScriptState[];
  /** The line the agent was at: the first that was not done; undefined when all were. */
  readonly step: ScriptItemId | undefined;
  /** Photos taken so far, oldest first. */
  readonly photos: readonly PhotoState[];
  readonly police: Readonly<Partial<Record<PoliceQuestion, PoliceAnswer>>>;
  readonly findings: readonly StandingFinding[];
  /** What closed approve, each named (R28). */
  readonly missing: readonly { readonly code: string; readonly text: { readonly zh: string; readonly en: string } }[];
  readonly decision: { readonly decision: string; readonly code: string | null; readonly atMs: number } | undefined;
}

interface Folded {
  connected: boolean;
  recorderRunning: boolean;
  ticks: Extract<ConsoleChange, { kind: 'tick' }>[];
  photos: PhotoState[];
  police: Partial<Record<PoliceQuestion, PoliceAnswer>>;
  standing: readonly number[];
  missing: ConsoleState['missing'];
  decision: ConsoleState['decision'];
}

/** What one change makes of the console. Photos are replaced, never altered: the fold leaves its input alone. */
function apply(state: Folded, change: ConsoleChange): void {
  const edit = (photoId: string, more: Partial<PhotoState>): void => { state.photos = state.photos.map((photo) => (photo.photoId === photoId ? { ...photo, ...more } : photo)); };
  switch (change.kind) {
    case 'call': state.connected = change.connected; break;
    case 'recorder': state.recorderRunning = change.running; break;
    case 'tick': state.ticks.push(change); break;
    case 'photo':
      state.photos = [...state.photos.map((photo) => (photo.kind === change.photo ? { ...photo, current: false } : photo)),
        { photoId: change.photoId, kind: change.photo, atMs: change.atMs, insideGap: change.insideGap, current: true, still: 'none', values: null }];
      break;
    case 'still': edit(change.photoId, { still: change.fits ? 'fits' : 'misfit' }); break;
    case 'read': edit(change.photoId, { values: change.values }); break;
    case 'police': state.police = { ...state.police, [change.question]: change.answer }; break;
    case 'findings': state.standing = change.standing; break;
    case 'missing': state.missing = change.items; break;
    case 'decision': state.decision = { decision: change.decision, code: change.code, atMs: change.atMs }; break;
  }
}

/**
 * The console at a media time: everything up to and with it.
 * @param history with its changes by time @param atMs media milliseconds
 */
export function consoleAt(history: ConsoleHistory, atMs: number): ConsoleState {
  const state: Folded = { connected: false, recorderRunning: false, ticks: [], photos: [], police: {}, standing: [], missing: [], decision: undefined };
  for (const change of history.changes) if (change.atMs <= atMs) apply(state, change);
  const script = history.script.map(({ item, rule, text }): ScriptState => {
    const given = state.ticks.filter((tick) => tick.item === item);
    const last = given.at(-1);
    return { item, rule, text, answers: given.map(({ answer, atMs: at }) => ({ answer, atMs: at })), done: last?.answer === 'clear_yes' && !last.insideGap };
  });
  return {
    connected: state.connected, recorderRunning: state.recorderRunning, script, step: script.find(({ done }) => !done)?.item, photos: state.photos, police: state.police,
    findings: state.standing.flatMap((place) => history.findings[place] ?? []), missing: state.missing, decision: state.decision,
  };
}

/** The event to go to next (or with −1 before): by time, skipping those at the very second where one is. */
export function nextEvent<E extends { readonly atMs: number }>(events: readonly E[], atMs: number, direction: 1 | -1): E | undefined {
  const NEAR_MS = 250;
  return direction === 1 ? events.find((event) => event.atMs > atMs + NEAR_MS) : events.findLast((event) => event.atMs < atMs - NEAR_MS);
}
