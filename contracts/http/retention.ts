import { z } from 'zod';
import { id, isoDate, isoTime, ok, operation } from './common.ts';

/** A legal hold (法律保全, R44). A reason is null when it was destroyed with its case. */
export const holdRow = z.object({
  holdId: id, caseNo: z.string(), setBy: z.string(), setAt: isoTime, reason: z.string().nullable(),
  lifted: z.object({ by: z.string(), at: isoTime, reason: z.string().nullable() }).nullable(),
});
export type HoldRow = z.infer<typeof holdRow>;

/** What destruction would do, or did (R44). `old`: not confirmed in time; `more`: more is due than one report takes. */
export const retentionReportRow = z.object({
  reportId: id, madeById: id, madeBy: z.string(), madeAt: isoTime, confirmedBy: z.string().nullable(), confirmedAt: isoTime.nullable(), finishedAt: isoTime.nullable(),
  old: z.boolean(), more: z.boolean(), cases: z.number().int(), held: z.number().int(), destroyed: z.number().int(),
});
export type RetentionReportRow = z.infer<typeof retentionReportRow>;

export const retentionReportView = z.object({
  items: z.array(z.object({
    caseNo: z.string(), closedAt: isoTime, relationEndedOn: isoDate.nullable(), dueOn: isoDate,
    /** Which period ended last: after the case's end, or after the relation's. */
    rule: z.enum(['closed', 'relation']),
    held: z.boolean(),
    /** null: not worked on yet; else what happened, or why the case stays. */
    result: z.enum(['destroyed', 'held', 'not_due', 'gone']).nullable(),
    doneAt: isoTime.nullable(),
  })),
});
export type RetentionReportView = z.infer<typeof retentionReportView>;

const keepers = ['lead', 'compliance'] as const;
const reason = z.string().trim().min(4).max(500);
const caseNo = z.string().trim().min(3).max(40);

export const RETENTION_OPERATIONS = {
  legalHolds: operation({ method: 'get', path: '/api/retention/holds', summary: 'Legal holds (R44)', access: [...keepers], response: z.object({ rows: z.array(holdRow) }) }),
  setLegalHold: operation({ method: 'post', path: '/api/retention/holds', summary: 'Sets a legal hold on a case, with a reason; logged (R44)', access: [...keepers], body: z.object({ caseNo, reason }), response: ok }),
  liftLegalHold: operation({ method: 'post', path: '/api/retention/holds/:holdId/lift', summary: 'Lifts a legal hold, with a reason; logged (R44)', access: [...keepers], body: z.object({ reason }), response: ok }),
  relationEnded: operation({ method: 'post', path: '/api/retention/relations', summary: 'When the relation with a case’s client ended; null: it goes on again (R44)', access: [...keepers], body: z.object({ caseNo, endedOn: isoDate.nullable() }), response: ok }),
  retentionReports: operation({ method: 'get', path: '/api/retention/reports', summary: 'Reports of what is due for destruction (R44)', access: [...keepers], response: z.object({ rows: z.array(retentionReportRow) }) }),
  makeRetentionReport: operation({ method: 'post', path: '/api/retention/reports', summary: 'Lists the cases that are due; destroys nothing (R44)', access: [...keepers], response: z.object({ reportId: id }) }),
  retentionReport: operation({ method: 'get', path: '/api/retention/reports/:reportId', summary: 'The cases of a report, with dates, rule and holds (R44)', access: [...keepers], response: retentionReportView }),
  confirmRetention: operation({ method: 'post', path: '/api/retention/reports/:reportId/confirm', summary: 'A second person confirms: the cases of the report are destroyed (R44)', access: [...keepers], response: ok }),
} as const;
