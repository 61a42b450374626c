import type { Services } from '../services.ts';

/** Who waits how long and who is free, for the lead (R60). */
export async function lineView({ db, line, space }: Services) {
  const held = space?.held();
  const { waiting, seats } = await line.snapshot();
  const [cases, staff] = await Promise.all([
    db.application.findMany({ where: { id: { in: waiting.map((w) => w.applicationId) } }, select: { id: true, caseNo: true } }),
    db.staff.findMany({ where: { id: { in: seats.map((s) => s.staffId) } }, select: { id: true, name: true } }),
  ]);
  return {
    ...(held ? { held } : {}),
    waiting: waiting.map(({ applicationId, waitedSeconds, place }) => ({ caseNo: cases.find((c) => c.id === applicationId)?.caseNo ?? '', waitedSeconds, place })),
    seats: seats.map(({ staffId, state, silent, sinceSeconds }) => ({ name: staff.find((s) => s.id === staffId)?.name ?? '', state: silent ? 'silent' : state, sinceSeconds })),
  };
}
