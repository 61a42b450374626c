/** Finding a session, replaying it on one clock (R46), and the log of looks (R45). Times `…Ms` are media milliseconds: since the session's recording began. */
import { z } from 'zod';
import { policeAnswer, policeQuestion } from '../police.ts';
import { fieldName, finding } from '../reading.ts';
import { photoKind, scriptAnswer, scriptItemId } from '../script.ts';
import { sessionOutcome, sessionState } from '../states/index.ts';
import { bilingual, id, isoTime, operation } from './common.ts';

const side = z.enum(['client', 'witness']);
/** Where the next page goes on; says nothing to anybody but the server. */
const cursor = z.string().max(200);
/** An instant with its zone, so that nobody's midnight is taken for another's. */
const instant = z.iso.datetime({ offset: true });

// --- Search -------------------------------------------------------------------------------------------------------

/** A whole mobile or ID number: looked up by its blind index, never stored, logged or put into an address. */
export const CLIENT_NUMBER = /^(1\d{10}|\d{17}[\dX])$/;
/** A client's number where another thing was asked for: it would stand in an address, or be looked up unlogged. Part of a case number is none. */
export const holdsClientNumber = (text: string): boolean =>
  !/^\d{0,8}-\d{0,6}$/.test(text.trim()) && /(?<!\d)(1\d{10}|\d{17}[\dX])(?!\d)/i.test(text.replace(/[\s-]/g, ''));
/** A reject code (`P01`) or a finding's. */
export const SEARCH_CODE = /^[A-Z][A-Z0-9_]{1,60}$/;

const withoutNumber = (length: number) => z.string().trim().max(length).refine((text) => !holdsClientNumber(text));

export const sessionSearch = z.object({
  /** From its beginning, or its last digits. */
  caseNo: withoutNumber(40).optional(),
  /** The agent's name, a part of it, or the user name. */
  agent: withoutNumber(60).optional(),
  client: z.string().trim().toUpperCase().regex(CLIENT_NUMBER).optional(),
  from: instant.optional(),
  /** Exclusive. */
  to: instant.optional(),
  code: z.string().trim().toUpperCase().regex(SEARCH_CODE).optional(),
  /** The call's full seconds, both included. */
  minSeconds: z.number().int().min(0).max(86_400).optional(),
  maxSeconds: z.number().int().min(0).max(86_400).optional(),
  cursor: cursor.optional(),
});
export type SessionSearch = z.infer<typeof sessionSearch>;

export const sessionRow = z.object({
  sessionId: id, applicationId: id, caseNo: z.string(), witnessName: z.string(), state: sessionState, outcome: sessionOutcome.nullable(), code: z.string().nullable(),
  startedAt: isoTime.nullable(), endedAt: isoTime.nullable(), seconds: z.number().nullable(),
  /** Witnessed or reviewed by the reader, who therefore may not audit it (R5). */
  own: z.boolean(),
});
export type SessionRow = z.infer<typeof sessionRow>;

// --- Replay -------------------------------------------------------------------------------------------------------

/** Everything on one clock: milliseconds since the session's recording began (R46). */
export const replayEvent = z.object({ atMs: z.number(), at: isoTime, type: z.string(), side: z.enum(['client', 'witness', 'server']).optional(), text: bilingual, refId: z.string().optional() });
export const replaySegment = z.object({ segmentId: z.string(), side, index: z.number().int(), startMs: z.number(), endMs: z.number(), mimeType: z.string(), byteLength: z.number() });
export const replayGap = z.object({ side, kind: z.enum(['audio', 'video']), fromMs: z.number(), toMs: z.number(), cause: z.string() });

/** One end's network at a moment: loss 0…1, round trip ms, bit/s sent; null where it was not told. */
export const networkSample = z.object({ atMs: z.number(), lossUp: z.number().nullable(), lossDown: z.number().nullable(), rttMs: z.number().nullable(), bitrateUp: z.number().nullable() });
export type NetworkSample = z.infer<typeof networkSample>;

/** Where on the console a finding stood: beside a photo of the call, an upload, or the case. */
export const findingPlace = z.enum(['face', 'portraitSide', 'emblemSide', 'upload', 'case']);
export const standingFinding = z.object({ of: findingPlace, finding });
export type StandingFinding = z.infer<typeof standingFinding>;

const at = { atMs: z.number() };
/** One change of what the agent's console showed; folded up to a second they are the console at that second. */
export const consoleChange = z.discriminatedUnion('kind', [
  z.object({ ...at, kind: z.literal('call'), connected: z.boolean() }),
  z.object({ ...at, kind: z.literal('recorder'), running: z.boolean() }),
  z.object({ ...at, kind: z.literal('tick'), item: scriptItemId, answer: scriptAnswer, insideGap: z.boolean() }),
  z.object({ ...at, kind: z.literal('photo'), photoId: id, photo: photoKind, insideGap: z.boolean() }),
  z.object({ ...at, kind: z.literal('still'), photoId: id, fits: z.boolean() }),
  /** What was read of a photo, masked (R43). */
  z.object({ ...at, kind: z.literal('read'), photoId: id, values: z.array(z.object({ field: fieldName, text: z.string() })) }),
  z.object({ ...at, kind: z.literal('police'), question: policeQuestion, answer: policeAnswer }),
  /** All that stood from now on, as places in the view's list of findings. */
  z.object({ ...at, kind: z.literal('findings'), standing: z.array(z.number().int()) }),
  /** What closed approve from now on, each named (R28). */
  z.object({ ...at, kind: z.literal('missing'), items: z.array(z.object({ code: z.string(), text: bilingual })) }),
  z.object({ ...at, kind: z.literal('decision'), decision: z.string(), code: z.string().nullable() }),
]);
export type ConsoleChange = z.infer<typeof consoleChange>;

/** What the agent's console held: the script as it was said, the form (masked), and every change. */
export const consoleHistory = z.object({
  script: z.array(z.object({ item: scriptItemId, rule: z.string(), text: bilingual })),
  form: z.array(z.object({ field: fieldName, text: z.string() })),
  /** `kept`: handed in anew after this call, here as it was then; `unknown`: what it was then is not to be had, here is the newer one, and what the checks said of the old one is withheld. */
  formFrom: z.enum(['now', 'kept', 'unknown']),
  findings: z.array(standingFinding),
  changes: z.array(consoleChange),
});
export type ConsoleHistory = z.infer<typeof consoleHistory>;

/** Where a replay was last looked at; says nothing to anybody but the server. */
const position = z.string().max(800);
const clock = {
  durationMs: z.number(),
  /** The call goes on. */
  live: z.boolean(),
  /** Something may still come: ask for the news. Also for a while after the call, until its last segments and comparisons are there. */
  more: z.boolean(),
  position,
};
const head = { sessionId: id, applicationId: id, caseNo: z.string(), zeroAt: isoTime.nullable(), witnessName: z.string(), state: sessionState, outcome: sessionOutcome.nullable() };

/** `Photo` is what a photo looks like to the rest of the console. */
export const replayViewWith = <P extends z.ZodType>(photo: P) => z.object({
  ...head, ...clock,
  segments: z.array(replaySegment), events: z.array(replayEvent), gaps: z.array(replayGap), photos: z.array(photo),
  network: z.object({ client: z.array(networkSample), witness: z.array(networkSample) }),
  console: consoleHistory,
});

/** The first `keep` stay, these follow. */
const part = <T extends z.ZodType>(one: T) => z.object({ keep: z.number().int().min(0), add: z.array(one) }).optional();
/** What has changed since a position: what is not named is as it was. */
export const replayNewsWith = <P extends z.ZodType>(photo: P) => z.object({
  ...clock,
  head: z.object({ ...head, console: consoleHistory.pick({ script: true, form: true, formFrom: true }) }).optional(),
  lists: z.object({
    segments: part(replaySegment), events: part(replayEvent), gaps: part(replayGap), photos: part(photo),
    networkClient: part(networkSample), networkWitness: part(networkSample), findings: part(standingFinding), changes: part(consoleChange),
  }),
});

// --- Look log -----------------------------------------------------------------------------------------------------

/** Why somebody looked: the capacity, or for replays and exports what was written down; `destroyed`: its case's key is gone (R44); `unreadable`: it should open and does not. */
export const lookWhy = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('capacity'), capacity: z.string() }),
  z.object({ kind: z.literal('purpose'), purpose: z.string(), receiver: z.string().optional() }),
  z.object({ kind: z.literal('destroyed') }),
  z.object({ kind: z.literal('unreadable') }),
  z.object({ kind: z.literal('none') }),
]);
export type LookWhy = z.infer<typeof lookWhy>;
export const lookRow = z.object({ lookId: id, at: isoTime, staffName: z.string(), username: z.string(), what: z.string(), caseNo: z.string().nullable(), sessionId: id.nullable(), why: lookWhy });
export type LookRow = z.infer<typeof lookRow>;
export const lookSearch = z.object({
  caseNo: withoutNumber(40).optional(),
  /** The name of who looked, a part of it, or the user name. */
  person: withoutNumber(60).optional(),
  from: instant.optional(),
  /** Exclusive. */
  to: instant.optional(),
  cursor: cursor.optional(),
});
export type LookSearch = z.infer<typeof lookSearch>;

const replayers = ['auditor', 'lead', 'inspector', 'reviewer'] as const;

export const REPLAY_OPERATIONS = {
  // In the body: a typed number must not stand in an address, and addresses stand in logs (R43).
  searchSessions: operation({ method: 'post', path: '/api/sessions/search', summary: 'Sessions, newest first, by case, agent, client, date, code and length; looking for a client is logged (R45)', access: ['auditor', 'lead', 'inspector'], body: sessionSearch, response: z.object({ rows: z.array(sessionRow), next: z.string().nullable() }) }),
  uncoverReplay: operation({ method: 'post', path: '/api/sessions/:sessionId/replay/uncover', summary: 'The client’s name for who replays; logged (R43)', access: [...replayers], response: z.object({ masked: z.string(), name: z.string() }) }),
  segment: operation({ method: 'get', path: '/api/sessions/:sessionId/segments/:segmentId', summary: 'One recording segment (range requests)', access: [...replayers], binary: 'video/webm' }),
  searchLooks: operation({ method: 'post', path: '/api/looks/search', summary: 'Who looked at what, when and why, newest first (R45); itself a look; never of a case that the reader witnessed or reviewed (R5)', access: ['auditor'], body: lookSearch, response: z.object({ rows: z.array(lookRow), next: z.string().nullable() }) }),
} as const;
