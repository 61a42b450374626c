import type { CaseView, PhotoView, Uncovered } from '../../../contracts/http/staff.ts';
import { FIELD_NAMES, wantsNewPhoto } from '../../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../../contracts/reading.ts';
import type { PhotoKind } from '../../../contracts/script.ts';

/** Why nothing stands there: no photo of that side yet, it is being read, or it was read and this was not found. */
export type Lack = 'noPhoto' | 'reading' | 'unread';

/** One field in its three places; undefined: nothing was read there. */
export interface CompareRow {
  readonly field: FieldName;
  readonly form: string | undefined;
  readonly upload: string | undefined;
  readonly call: string | undefined;
  /** Why there is no value in the column. */
  readonly lacks: { readonly upload: Lack; readonly call: Lack };
  readonly differs: boolean;
  readonly findings: readonly Finding[];
}

/** The last photo of each kind: a retake stands for the ones before it. */
export function latestPhotos(photos: readonly PhotoView[]): Partial<Record<PhotoKind, PhotoView>> {
  const latest: Partial<Record<PhotoKind, PhotoView>> = {};
  for (const photo of photos) {
    const known = latest[photo.kind];
    if (known === undefined || known.takenAt <= photo.takenAt) latest[photo.kind] = photo;
  }
  return latest;
}

/** Hides of a value what the masked form hides, so that the same number is not in clear one column further (R43). */
export function maskLike(value: string, masked: string): string {
  if (value.length === masked.length) return [...value].map((c, i) => (masked[i] === '*' ? '*' : c)).join('');
  return value.length <= 8 ? '*'.repeat(value.length) : `${value.slice(0, 4)}${'*'.repeat(value.length - 8)}${value.slice(-4)}`;
}

/** Fields that a column lacks, by why. */
export type Lacking = Readonly<Record<Lack, number>>;

/** How the comparison stands as a whole: it only agrees when every field was read in both places (R14). */
export interface CompareVerdict { readonly differs: number; readonly upload: Lacking; readonly call: Lacking; readonly noForm: boolean; readonly agrees: boolean }

export function compareVerdict(rows: readonly CompareRow[]): CompareVerdict {
  const count = (holds: (row: CompareRow) => boolean): number => rows.filter(holds).length;
  const lacking = (place: 'upload' | 'call'): Lacking => {
    const of = (lack: Lack): number => count((row) => row[place] === undefined && row.lacks[place] === lack);
    return { noPhoto: of('noPhoto'), reading: of('reading'), unread: of('unread') };
  };
  const differs = count((row) => row.differs);
  const complete = rows.every((row) => row.form !== undefined && row.upload !== undefined && row.call !== undefined);
  return { differs, upload: lacking('upload'), call: lacking('call'), noForm: rows.every((row) => row.form === undefined), agrees: differs === 0 && complete };
}

export interface FieldNote { readonly code: Finding['code']; readonly severity: Finding['severity']; readonly fields: readonly FieldName[]; readonly tolerated?: NonNullable<Finding['tolerated']> }

type OpenNote = FieldNote & { readonly fields: FieldName[] };

/** What the columns alone do not tell, one note per finding (and what it passed over) with all its fields; that values differ the columns do tell. */
export function fieldNotes(rows: readonly CompareRow[]): FieldNote[] {
  const notes = new Map<string, OpenNote>();
  for (const { field, findings } of rows) {
    for (const { code, severity, tolerated } of findings) {
      if (code === 'FIELD_DIFFERS') continue;
      const key = [code, severity, ...(tolerated ?? [])].join(' ');
      const note: OpenNote = notes.get(key) ?? { code, severity, fields: [], ...(tolerated ? { tolerated } : {}) };
      notes.set(key, note);
      if (!note.fields.includes(field)) note.fields.push(field);
    }
  }
  return [...notes.values()];
}

/** Form, upload and call photo beside each other; a field differs when the server says so or the values on screen do (R14). */
export function compareRows(view: CaseView, clear?: Uncovered): CompareRow[] {
  const form = view.form;
  const photos = latestPhotos(view.session?.photos ?? []);
  const lacks = (field: FieldName): CompareRow['lacks'] => {
    const side = sideOf(field);
    const photo = photos[side === 'portrait' ? 'portraitSide' : 'emblemSide'];
    return { upload: lackOf(view.documents.find((d) => d.side === side), view.state === 'in_call'), call: lackOf(photo, view.session?.missing.some(({ code }) => code === `reading.${photo?.kind}`) ?? false) };
  };
  const upload = readingsOf(view.documents.map((d) => d.reading));
  const call = readingsOf([photos.portraitSide?.reading, photos.emblemSide?.reading]);
  return FIELD_NAMES.map((field) => {
    const row = field === 'idNumber' && clear ? { form: clear.value, upload: clear.upload, call: clear.call } : {
      form: form === null ? undefined : field === 'idNumber' ? form.idNumberMasked : form[field],
      upload: shown(field, upload[field], form),
      call: shown(field, call[field], form),
    };
    const findings = view.differences.filter((f) => f.field === field);
    const said = findings.some((f) => f.severity !== 'info');
    const tolerated = findings.some((f) => f.code === 'FIELD_DIFFERS_IN_FORM_ONLY');
    const seen = [row.upload, row.call].some((value) => value !== undefined && row.form !== undefined && !sameValue(field, row.form, value));
    return { field, ...row, lacks: lacks(field), differs: said || (seen && !tolerated), findings };
  });
}

const EMBLEM_FIELDS: readonly FieldName[] = ['authority', 'validFrom', 'validTo'];
const sideOf = (field: FieldName): 'portrait' | 'emblem' => (EMBLEM_FIELDS.includes(field) ? 'emblem' : 'portrait');

interface Read { readonly reading: DocumentReading | null; readonly findings: readonly Finding[] }
/** A photo that was refused is not read. @param running readings may still be on the way */
const lackOf = (photo: Read | undefined, running: boolean): Lack =>
  (photo === undefined ? 'noPhoto' : running && photo.reading === null && !photo.findings.some(wantsNewPhoto) ? 'reading' : 'unread');

const shown = (field: FieldName, value: string | undefined, form: CaseView['form']): string | undefined =>
  (field === 'idNumber' && value !== undefined && form ? maskLike(value, form.idNumberMasked) : value);

function readingsOf(readings: readonly (DocumentReading | null | undefined)[]): Partial<Record<FieldName, string>> {
  const found: Partial<Record<FieldName, string>> = {};
  for (const reading of readings) {
    for (const field of FIELD_NAMES) {
      const read = reading?.fields[field];
      if (read !== undefined) found[field] ??= read.text;
    }
  }
  return found;
}

/** One spelling for values that are written differently in form and reading: sex, 族, spaces, full-width forms. */
export function normalise(field: FieldName, value: string): string {
  const plain = value.normalize('NFKC').replace(/\s/g, '');
  if (field === 'sex') return plain === 'male' ? '男' : plain === 'female' ? '女' : plain;
  if (field === 'ethnicity') return plain.replace(/族$/, '');
  return plain.toUpperCase();
}
export const sameValue = (field: FieldName, a: string, b: string): boolean => normalise(field, a) === normalise(field, b);

export interface DiffPart { readonly text: string; readonly differs: boolean }

/** The characters of `value` that are not `reference`'s (longest common subsequence); for short field values. */
export function markDifferences(reference: string, value: string): DiffPart[] {
  const a = [...reference];
  const b = [...value];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const parts: DiffPart[] = [];
  const push = (text: string, differs: boolean): void => {
    const last = parts.at(-1);
    if (last?.differs === differs) parts[parts.length - 1] = { text: last.text + text, differs };
    else parts.push({ text, differs });
  };
  for (let i = 0, j = 0; j < b.length;) {
    if (i < a.length && a[i] === b[j]) {
      push(b[j] ?? '', false);
      i += 1;
      j += 1;
    } else if (i < a.length && at(i + 1, j) >= at(i, j + 1)) i += 1;
    else {
      push(b[j] ?? '', true);
      j += 1;
    }
  }
  return parts;
}
