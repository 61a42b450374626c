/** Entries as the manifest of a case holds them, one of nearly every kind; the persons are invented. */
import { CONSENTS } from '../../../server/texts/consents.ts';
import type { ReportEntry } from '../../../server/usecases/evidence/report.ts';
import { makeFinding } from '../../../contracts/reading.ts';
import { SCRIPT } from '../../../contracts/script.ts';

export function sampleEntries({ pictures = (name: string) => `files/${name}` }: { pictures?: (name: string) => string } = {}): ReportEntry[] {
  const box = { x: 0.1, y: 0.1, width: 0.2, height: 0.1 };
  const entries: ReportEntry[] = [];
  const add = (type: string, facts: object, content: object | null, file: string | null = null, ref = `${type}:${entries.length + 1}`, session?: string): void => {
    const seq = entries.length + 1;
    entries.push({ line: JSON.stringify({ case: 'c', seq, at: new Date(Date.parse('2026-11-22T08:00:00Z') + seq * 7_000).toISOString(), type, session, ref, facts, prev: '0' }), content: content === null ? null : JSON.stringify(content), file });
  };
  const [consent] = CONSENTS;
  const read = (text: string) => ({ text, confidence: 0.97, box, engine: 'both' });
  add('consent', { kind: 'notice', version: '2026-1', granted: true }, { kind: 'notice', version: '2026-1', language: 'zh', granted: true, sha256: 'ab'.repeat(32), shown: consent });
  add('given', { part: 'form' }, { name: '赵静', sex: 'female', ethnicity: '汉', birthDate: '1990-04-28', idNumber: '420106199004282823', address: '湖北省武汉市武昌区东湖路146号10栋351室', authority: '武汉市公安局武昌分局', validFrom: '2016-10-04', validTo: 'long-term' });
  add('given', { part: 'declarations' }, { occupation: 'professional', education: 'master', taxResidency: 'china', beneficialOwner: 'self', controller: 'self', markets: ['shanghai', 'shenzhen'], noBadRecord: true });
  add('given', { part: 'risk' }, { answers: { age: 'd', income: 'c', goal: 'b' }, version: '2026-1', class: 'C3', score: 60 });
  add('given', { part: 'custody' }, { bank: 'ICBC', card: '6222021234567890128' });
  add('police', { question: 'identity', answer: 'match', attempts: 1 }, { kind: 'identity', answer: 'match', photoId: null, attempts: 1, asked: 'blind' });
  add('moment', { what: 'live' }, { type: 'live', side: 'server', refId: null, codes: null });
  add('photo', { kind: 'face', mediaTimeMs: 61_200, width: 1280, height: 720 }, null, pictures('000008-old.png'), 'photo:old');
  add('photo', { kind: 'face', mediaTimeMs: 71_200, width: 1280, height: 720 }, null, pictures('000009-face.png'), 'photo:new');
  add('photo.taken', { of: 'new' }, { kind: 'face', producerId: 'producer-1', rtpTimestamp: '90000', mediaTimeMs: 71_200, receivedAt: '2026-11-22T08:01:11.200Z' });
  add('superseded', { of: 'old' }, null, null, 'photo:old:superseded');
  add('photo', { kind: 'portraitSide', mediaTimeMs: 91_200, width: 1280, height: 720 }, null, pictures('000012-portrait.png'), 'photo:card');
  add('photo.compared', { of: 'card', picture: 'record', verdict: 'same' }, { photoId: 'card', picture: 'record', fileId: 'f', sha256: 'cd'.repeat(32), verdict: 'same', figures: { similarity: 1, worst: 0, usual: 0 }, segmentId: 's', mediaTimeMs: 91_200 });
  add('reading', { of: 'card', findings: 'ID_CHECK_CHARACTER_WRONG' }, {
    reading: { kind: 'residentId', side: 'portrait', fields: { name: read('赵静'), idNumber: read('420106199004282824') }, findings: [makeFinding('ID_CHECK_CHARACTER_WRONG', { field: 'idNumber', said: '420106199004282824' })] },
    findings: [], figures: { sharpness: 0.8, motion: 0, brightness: 170, blown: 0, glare: 0, tiltDeg: 1.2, widthPx: 940 }, readFrom: 'record', burst: [{ rtpTimestamp: 1, mediaTimeMs: 91_200, score: 0.93 }],
  });
  for (const item of ['ownWill', 'agreementsRead'] as const) {
    const { zh, en } = SCRIPT.find(({ id }) => id === item)!;
    add('answer', { item, answer: 'clear_yes', mediaTimeMs: 101_000 }, { item, answer: 'clear_yes', mediaTimeMs: 101_000, shown: { zh, en } });
  }
  add('network', { role: 'client', rttMs: 42, lossUp: 0.012, bitrateUp: 1_204_000, frameWidth: 1280 }, null);
  add('segment', { side: 'client', index: 0, startMs: 1_795_334_470_000, endMs: 1_795_334_480_000, mimeType: 'video/webm; codecs="vp8,opus"', byteLength: 1_400_000 }, null, pictures('000018-part.webm'), 'segment:2', 'call');
  add('gap', { fromMs: 1_795_334_480_000, toMs: 1_795_334_483_000, cause: 'recorder_down' }, null);
  add('decision', { by: 'w', decision: 'approve' }, { witnessId: 'w', decision: 'approve', code: null, comment: '本人意愿清楚' });
  add('event', { action: 'application.pass', actor: 'staff', by: 'w', from: 'in_call', to: 'witnessed' }, { action: 'application.pass', actorKind: 'staff', actorId: 'w', fromState: 'in_call', toState: 'witnessed', codes: { decision: 'approve' }, detail: null });
  add('review', { by: 'r', decision: 'approve' }, { reviewerId: 'r', decision: 'approve', code: null, until: null, comment: null });
  add('event', { action: 'application.review_approve', actor: 'staff', by: 'r', from: 'in_review', to: 'approved' }, { action: 'application.review_approve', actorKind: 'staff', actorId: 'r', fromState: 'in_review', toState: 'approved', codes: null, detail: null });
  add('account', { step: 'fund' }, { step: 'fund', accountNo: 'F10023456' });
  const row = { id: 'a', applicationId: 'c', state: 'draft', version: 1, createdAt: '2026-11-22T07:50:00.000Z', updatedAt: '2026-11-22T07:50:00.000Z', bankCode: 'ICBC', repairItems: [], repairDone: [], readAt: null, formEnc: 'ef'.repeat(32) };
  add('row', { of: 'a', change: 7 }, row, null, 'application:a:row');
  add('row', { of: 'a', change: 9 }, { ...row, state: 'repair', version: 2, repairItems: ['documents'], bankCode: null }, null, 'application:a:row');
  const part = (side: string, startMs: number, type: string): void =>
    add('segment', { side, index: 0, startMs, endMs: startMs + 10_000, mimeType: type, byteLength: 1000 }, null, pictures(`${String(entries.length + 1).padStart(6, '0')}-part.webm`), `segment:${startMs}`, 'call');
  part('client', 1_795_334_460_000, 'audio/webm; codecs="opus"');
  part('witness', 1_795_334_459_500, 'video/webm; codecs="vp8,opus"');
  add('somethingNew', { somethingNew: 'never heard of' }, null);
  return entries;
}
