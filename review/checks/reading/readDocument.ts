/**
 * Reads one picture of a resident ID card or residence permit: finds and straightens it, tells the side, and reads it field
 * by field. What cannot be read is absent and named by a finding, never guessed.
 */
import { makeFinding } from '../../../contracts/reading.ts';
import type { DocumentReading, FieldName, FieldReading, Finding } from '../../../contracts/reading.ts';
import { checkIdNumber, documentKindOf } from '../idNumber.ts';
import { viewCard } from './cardView.ts';
import type { CardView } from './cardView.ts';
import type { Engines } from './engines/engines.ts';
import { ZONES } from './layout.ts';
import type { Zone } from './layout.ts';
import { locateDocument } from './locateDocument.ts';
import type { Located, LocatedDocument } from './locateDocument.ts';
import { openPicture } from './picture.ts';
import type { OpenedPicture } from './picture.ts';
import { readNumber } from './readNumber.ts';
import { readBirth, readEmblemSide, readLabels, readPortraitSide, surerField, SURENESS } from './readSides.ts';
import type { NumberReader, ReadField, ReadFields, SideReader } from './readSides.ts';
import { showsSecondCard } from './secondCard.ts';
import { whatElse } from './whatElse.ts';

export interface ReadOptions {
  readonly expect?: 'portrait' | 'emblem' | undefined;
  /** Asked between two steps; throws to stop. */
  readonly checkpoint?: (() => void) | undefined;
}

/** @throws AppError UPLOAD_* when the bytes are no picture that can be read. */
export async function readDocument(engines: Engines, image: Uint8Array, options: ReadOptions = {}): Promise<DocumentReading> {
  const checkpoint = options.checkpoint ?? (() => undefined);
  const picture = await openPicture(image);
  const located = await locateDocument(engines.ppocr, picture.pixels, checkpoint);
  const { document } = located;
  // How good the photo is (R21) was judged before it came here.
  const nothing = async (): Promise<DocumentReading> => ({ kind: 'unknown', side: 'unknown', fields: {}, findings: [await whatElse(engines.ppocr, picture.pixels, located)] });
  if (document === null) return await nothing();
  const view = await viewCard(picture, document);
  const reader: NumberReader = { engines, view, lines: document.lines, checkpoint };
  const read = document.side === 'portrait' ? await portraitSide(reader) : await emblemSide(reader);
  if (!read.proven) return await nothing();
  return { kind: read.kind, side: document.side, fields: fieldsOf(read, view), findings: [...(await placing(reader, picture, located, options)), ...findingsOf(read, document, view)] };
}

interface SideOutcome {
  readonly proven: boolean;
  readonly kind: NonNullable<DocumentReading['kind']>;
  readonly fields: ReadFields;
  readonly findings: readonly Finding[];
}

async function portraitSide(reader: NumberReader): Promise<SideOutcome> {
  const read = await readPortraitSide(reader);
  const number = await readNumber(reader, { birthDate: read.birthDate?.text, sex: read.sex?.text });
  const fields: { -readonly [K in FieldName]?: ReadField } = { ...read, ...(number.field === undefined ? {} : { idNumber: number.field }) };
  const inNumber = number.field?.text.slice(6, 14).replace(/(....)(..)(..)/, '$1-$2-$3');
  if (number.field !== undefined && fields.birthDate?.text !== inNumber) {
    // One of the two was misread, or the card is forged: the date is looked at once more, differently. Which of two looks
    // is shown never depends on the number, or a forged number would choose the date that bears it out.
    const birthDate = surerField(fields.birthDate, await readBirth(reader, 1.3));
    if (birthDate !== undefined) fields.birthDate = birthDate;
  }
  const proven = fields.idNumber !== undefined || (fields.birthDate !== undefined && fields.sex !== undefined) || /[姓名]|住|址|公民|身份|号码/.test(await readLabels(reader));
  const findings = [...number.findings];
  if (fields.idNumber !== undefined) findings.push(...checkIdNumber(fields.idNumber.text, { birthDate: fields.birthDate?.text, sex: fields.sex?.text }));
  return { proven, kind: fields.idNumber === undefined ? 'unknown' : documentKindOf(fields.idNumber.text), fields, findings };
}

async function emblemSide(reader: SideReader): Promise<SideOutcome> {
  const { fields, kind } = await readEmblemSide(reader);
  return { proven: kind !== 'unknown' || Object.keys(fields).length > 0, kind, fields, findings: [] };
}

const SIDE_FIELDS = {
  portrait: ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber'],
  emblem: ['authority', 'validFrom', 'validTo'],
} as const satisfies Record<string, readonly FieldName[]>;

/** Where the design has a field that was not found: a person looks there. */
const PLACES: Readonly<Record<FieldName, Zone>> = {
  name: ZONES.name, sex: ZONES.sex, ethnicity: ZONES.ethnicity, birthDate: ZONES.birth, address: ZONES.address, idNumber: ZONES.idNumber,
  authority: ZONES.emblemRows, validFrom: ZONES.emblemRows, validTo: ZONES.emblemRows,
};

/** Too unsure to be shown as read. */
const unreadable = (field: ReadField | undefined, name: FieldName): boolean => field === undefined || (name !== 'idNumber' && field.weakest < (name === 'name' ? SURENESS.unreadableName : SURENESS.unreadable));

function fieldsOf({ fields }: SideOutcome, view: CardView): Partial<Record<FieldName, FieldReading>> {
  return Object.fromEntries(Object.entries(fields).filter(([name, field]) => !unreadable(field, name as FieldName)).map(([name, { text, weakest, zone, engine }]) =>
    [name, { text, confidence: Math.min(1, Math.max(0, weakest)), box: view.boxOf(zone), engine }]));
}

function findingsOf(read: SideOutcome, document: LocatedDocument, view: CardView): Finding[] {
  const evidenceOf = (field: FieldName): Pick<Finding, 'evidence'> => {
    const zone = read.fields[field]?.zone;
    return { evidence: { box: view.boxOf(zone ?? PLACES[field]) } };
  };
  // A permit prints no ethnic group.
  const names = SIDE_FIELDS[document.side].filter((name) => name !== 'ethnicity' || read.kind !== 'residencePermit');
  const doubts = names.flatMap((field) => {
    const value = read.fields[field];
    if (unreadable(value, field)) return [makeFinding('FIELD_UNREADABLE', { field, ...evidenceOf(field) })];
    return (value as ReadField).weakest < (field === 'name' ? SURENESS.unsureName : SURENESS.unsure) ? [makeFinding('FIELD_UNSURE', { field, ...evidenceOf(field) })] : [];
  });
  return [...doubts, ...read.findings.map((finding) => (finding.field === undefined ? finding : { ...finding, ...evidenceOf(finding.field) }))];
}

async function placing(reader: SideReader, picture: OpenedPicture, located: Located, { expect }: ReadOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (expect !== undefined && located.document?.side !== expect) findings.push(makeFinding('SIDE_WRONG'));
  if (await showsSecondCard(reader.engines.ppocr, picture, located, reader.checkpoint)) findings.push(makeFinding('SEVERAL_CARDS'));
  return findings;
}
