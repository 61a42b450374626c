import { z } from 'zod';
import { FINDING_CODES, FINDINGS, SEVERITIES } from './findings.ts';
import type { FindingCode, Severity } from './findings.ts';

export const FIELD_NAMES = ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber', 'authority', 'validFrom', 'validTo'] as const;
export const fieldName = z.enum(FIELD_NAMES);
export type FieldName = z.infer<typeof fieldName>;
export const FIELD_WORDS: Record<FieldName, { readonly zh: string; readonly en: string }> = {
  name: { zh: '姓名', en: 'name' }, sex: { zh: '性别', en: 'sex' }, ethnicity: { zh: '民族', en: 'ethnicity' }, birthDate: { zh: '出生日期', en: 'birth date' }, address: { zh: '住址', en: 'address' },
  idNumber: { zh: '身份证号码', en: 'ID number' }, authority: { zh: '签发机关', en: 'authority' }, validFrom: { zh: '有效期起', en: 'valid from' }, validTo: { zh: '有效期止', en: 'valid to' },
};

/** Shares 0…1 of the upright picture's width and height. */
export const fieldBox = z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });
export type FieldBox = z.infer<typeof fieldBox>;

/** The pictures of a case that a finding can speak of. */
export const PICTURES = ['upload.portrait', 'upload.emblem', 'call.face', 'call.portraitSide', 'call.emblemSide', 'recorded.face', 'recorded.portraitSide', 'recorded.emblemSide'] as const;
/** Where in which picture it can be seen; without a picture it is the one that was read, without a box the whole. `record`: of a call photo the frame that was kept, not the still or other frame that was read. */
export const evidence = z.object({ picture: z.enum(PICTURES).optional(), box: fieldBox.optional(), record: z.literal(true).optional() });
export type Evidence = z.infer<typeof evidence>;

/** What a comparison of two texts passed over: full-width forms, spaces, traditional characters, words for a house (栋 幢 号楼), dots in names, case of letters, 族 after an ethnic group. */
export const TOLERATED = ['fullWidth', 'spaces', 'traditional', 'houseWord', 'middleDot', 'letterCase', 'ethnicSuffix'] as const;
export type Tolerated = (typeof TOLERATED)[number];

/** The photo or upload whose reading a person may decide about. */
export const decideOn = z.object({ kind: z.enum(['photo', 'document']), id: z.uuid() });
export type DecideOn = z.infer<typeof decideOn>;

/**
 * One thing a check found. `said` and `expected` hold the two values that do not agree: personal data, for the case's
 * own screens only. `source` and `against` name where they stand (form, upload, call).
 */
export const finding = z.object({
  rule: z.string(),
  code: z.enum(FINDING_CODES),
  severity: z.enum(SEVERITIES),
  /** Closes approve while it stands. */
  blocks: z.boolean(),
  field: fieldName.optional(),
  said: z.string().optional(),
  expected: z.string().optional(),
  source: z.string().optional(),
  against: z.string().optional(),
  evidence: evidence.optional(),
  /** Of a comparison of two pictures: the other one. */
  againstEvidence: evidence.optional(),
  tolerated: z.array(z.enum(TOLERATED)).optional(),
  /** On a case's screens: it is in the way of approve now, whatever the catalogue says of its kind (R28). */
  closesApprove: z.boolean().optional(),
  /** On a case's screens: what a decision about it would be on. */
  decideOn: decideOn.optional(),
  /** Who has looked at the card and decided on it: it no longer blocks. */
  decision: z.object({ by: z.string(), reason: z.string(), at: z.iso.datetime() }).optional(),
});
export type Finding = z.infer<typeof finding>;

/** A finding of the catalogue with the catalogue's rule and gravity. */
export const makeFinding = (code: FindingCode, more: Partial<Omit<Finding, 'rule' | 'code' | 'severity'>> & { severity?: Severity } = {}): Finding =>
  ({ rule: FINDINGS[code].rule, code, severity: FINDINGS[code].severity, blocks: FINDINGS[code].blocks, ...more });

/** Findings about the picture itself: only a new photo helps, the client cannot settle them in the form. */
export const wantsNewPhoto = ({ code, blocks }: Pick<Finding, 'code' | 'blocks'>): boolean => blocks && /^(PHOTO_|SIDE_|CARD_|SEVERAL_CARDS|OTHER_DOCUMENT)/.test(code);

/** The engines that read; `both` where they agreed. */
export const OCR_ENGINES = ['tesseract', 'ppocr', 'both'] as const;

/**
 * A field as read. Values are normalised: dates YYYY-MM-DD, 长期 is `long-term`, sex 男 or 女, ethnicity without 族,
 * number in capitals. A field that could not be read is absent and named by a finding.
 */
export const fieldReading = z.object({ text: z.string(), confidence: z.number().min(0).max(1), box: fieldBox, engine: z.enum(OCR_ENGINES).optional() });
export type FieldReading = z.infer<typeof fieldReading>;

/** Resident ID card (居民身份证); residence permit for Hong Kong, Macao and Taiwan residents (港澳台居民居住证). */
export const DOCUMENT_KINDS = ['residentId', 'residencePermit', 'unknown'] as const;

/** What was measured of a picture, inside the document's own outline or around the face. */
export const photoFigures = z.object({
  /** 0 (no edges) to 1 (as sharp as can be), at a normalised size. */
  sharpness: z.number(),
  /** 0…1: how much sharper along one direction than across it (movement). */
  motion: z.number(),
  /** Mean brightness, 0…255. */
  brightness: z.number(),
  /** Share of blown-out pixels in all, and in the largest spot (a reflection). */
  blown: z.number(),
  glare: z.number(),
  /** Degrees that the document leans away from the camera's plane. */
  tiltDeg: z.number().optional(),
  /** Width of the document or face in pixels of the picture. */
  widthPx: z.number(),
});
export type PhotoFigures = z.infer<typeof photoFigures>;

export const documentReading = z.object({
  kind: z.enum(DOCUMENT_KINDS).optional(),
  side: z.enum(['portrait', 'emblem', 'unknown']),
  fields: z.partialRecord(fieldName, fieldReading),
  findings: z.array(finding),
});
export type DocumentReading = z.infer<typeof documentReading>;
