import type { ClientForm } from '../../contracts/http/client.ts';
import { documentReading } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';

const SIDES = { portrait: ['name', 'sex', 'ethnicity', 'birthDate', 'address', 'idNumber'], emblem: ['authority', 'validFrom', 'validTo'] } as const satisfies Record<string, readonly FieldName[]>;

/** What a reader gives of the card that the form was typed from; `otherwise` reads a field otherwise, null not at all. */
export function readingOf(form: ClientForm, side: 'portrait' | 'emblem', { otherwise = {}, findings = [], kind = 'residentId' }: { otherwise?: Partial<Record<FieldName, string | null>>; findings?: readonly Finding[]; kind?: DocumentReading['kind'] } = {}): DocumentReading {
  const printed = { ...form, sex: form.sex === 'male' ? '男' : '女', ...otherwise };
  const fields = SIDES[side].flatMap((field, i) => ((printed[field] ?? null) === null ? [] : [[field, { text: printed[field], confidence: 0.95, box: { x: 0.2, y: 0.1 * i, width: 0.4, height: 0.08 }, engine: 'both' }]]));
  return documentReading.parse({ kind, side, fields: Object.fromEntries(fields), findings: [...findings] });
}
