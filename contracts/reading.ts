import { z } from 'zod';
import { FINDING_CODES, FINDINGS, SEVERITIES } from './findings.ts';
import type { FindingCode, Severity } from './findings.ts';

export const FIELD_NAMES = ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber', 'authority', 'validFrom', 'validTo'] as const;
export const fieldName = z.enum(FIELD_NAMES);
export type FieldName = z.infer<typeof fieldName>;

/**
 * One thing a check found. `said` and `expected` hold the two values that do not agree: personal data, for the case's
 * own screens only. `source` and `against` name where they stand (form, upload, call).
 */
export const finding = z.object({
  rule: z.string(),
  code: z.enum(FINDING_CODES),
  severity: z.enum(SEVERITIES),
  field: fieldName.optional(),
  said: z.string().optional(),
  expected: z.string().optional(),
  source: z.string().optional(),
  against: z.string().optional(),
});
export type Finding = z.infer<typeof finding>;

/** A finding of the catalogue with the catalogue's rule and gravity. */
export const makeFinding = (code: FindingCode, more: Partial<Omit<Finding, 'rule' | 'code' | 'severity'>> & { severity?: Severity } = {}): Finding =>
  ({ rule: FINDINGS[code].rule, code, severity: FINDINGS[code].severity, ...more });

/** Shares 0…1 of the upright picture's width and height. */
export const fieldBox = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type FieldBox = z.infer<typeof fieldBox>;

/**
 * A field as read. Values are normalised: dates YYYY-MM-DD, 长期 is `long-term`, sex 男 or 女, ethnicity without 族,
 * number in capitals. A field that could not be read is absent and named by a finding.
 */
export const fieldReading = z.object({ text: z.string(), confidence: z.number().min(0).max(1), box: fieldBox });
export type FieldReading = z.infer<typeof fieldReading>;

export const documentReading = z.object({
  side: z.enum(['portrait', 'emblem', 'unknown']),
  fields: z.partialRecord(fieldName, fieldReading),
  findings: z.array(finding),
});
export type DocumentReading = z.infer<typeof documentReading>;
