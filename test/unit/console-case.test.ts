import { describe, expect, test } from '@jest/globals';
import { cropOf, placement } from '../../contracts/crop.ts';
import type { CaseView, PhotoView } from '../../contracts/http/staff.ts';
import { makeFinding } from '../../contracts/reading.ts';
import type { DocumentReading, FieldName, Finding } from '../../contracts/reading.ts';
import type { Translate } from '../../review/console/i18n/index.tsx';
import { WORDS } from '../../review/console/i18n/words.ts';
import { attentions } from '../../review/console/case/attention.ts';
import { compareRows, compareVerdict, fieldNotes, latestPhotos, markDifferences, maskLike, sameValue } from '../../review/console/case/compare.ts';
import { allFindings, findingCounts, pictureOf } from '../../review/console/case/evidence.ts';
import { portraitBox } from '../../review/console/case/portrait.ts';
import { verdictOf } from '../../review/console/case/verdict.ts';
import { verdictWords } from '../../review/console/case/words.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const reading = (side: 'portrait' | 'emblem', fields: Partial<Record<FieldName, string>>): DocumentReading => ({
  side, findings: [],
  fields: Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, { text, confidence: 0.9, box: { x: 0, y: 0, width: 1, height: 1 } }])),
});
const photo = (n: number, more: Partial<PhotoView>): PhotoView => ({
  photoId: id(n), kind: 'portraitSide', takenAt: `2026-03-01T08:00:0${n}.000Z`, mediaTimeMs: n, rtpTimestamp: n, width: 1280, height: 720, sha256: '', still: null, reading: null, readFrom: null, burst: [], figures: null, face: null, findings: [], insideGap: false, ...more,
});
const NUMBER = '11010519491231002X';
const makeCase = (more: Partial<CaseView> = {}): CaseView => ({
  applicationId: id(1), caseNo: 'T1', state: 'in_call', version: 1, submittedAt: null,
  form: { name: '张三丰', namePinyin: 'Zhāng Sān fēng', sex: 'female', ethnicity: '汉', birthDate: '1949-12-31', idNumberMasked: '110105********002X', address: '某市某路1号', authority: '某公安局', validFrom: '2016-01-01', validTo: 'long-term', phoneMasked: '138****0000' },
  declarations: null, risk: null, custody: null, consents: [], agreements: [],
  documents: [{ documentId: id(2), side: 'portrait', width: 1600, height: 1000, figures: null, findings: [], reading: reading('portrait', { name: '张三丰', sex: '女', ethnicity: '汉族', birthDate: '1949-12-31', idNumber: NUMBER, address: '某市 某路1号' }) }],
  differences: [], warnings: [], police: { identity: null, face: null, faceAsked: 'noPhoto', earlier: [] }, session: null, reviews: [], accounts: [], ...more,
});
const row = (view: CaseView, field: FieldName, clear?: string) => compareRows(view, clear === undefined ? undefined : { value: clear, upload: clear }).find((r) => r.field === field);

describe('form, upload and call photo beside each other', () => {
  test('values that are only written differently agree: 女 and female, 汉 and 汉族, spaces (R14)', () => {
    expect(compareRows(makeCase()).filter((r) => r.differs)).toEqual([]);
  });

  test('a name that was read differently is marked (R14)', () => {
    const view = makeCase({ documents: [{ documentId: id(2), side: 'portrait', width: 1600, height: 1000, figures: null, findings: [], reading: reading('portrait', { name: '张三半' }) }] });
    expect(row(view, 'name')).toMatchObject({ form: '张三丰', upload: '张三半', differs: true });
  });

  test('what the server tolerates is no difference on the screen either, and what was tolerated is said (R14)', () => {
    const tolerated = makeFinding('FIELD_DIFFERS_IN_FORM_ONLY', { field: 'address', source: 'form', against: 'upload', said: '某市某路1幢', expected: '某市某路1号楼', tolerated: ['houseWord'] });
    const documents = [{ documentId: id(2), side: 'portrait' as const, width: 1600, height: 1000, figures: null, findings: [], reading: reading('portrait', { address: '某市某路1号楼' }) }];
    const form = { ...makeCase().form!, address: '某市某路1幢' };
    expect(row(makeCase({ form, documents, differences: [tolerated] }), 'address')).toMatchObject({ differs: false, findings: [tolerated] });
    expect(row(makeCase({ form, documents }), 'address')).toMatchObject({ differs: true });
  });

  test('a difference that the server found is marked even where the values on the screen look alike (R14)', () => {
    const view = makeCase({ differences: [makeFinding('FIELD_DIFFERS', { field: 'idNumber' })] });
    expect(row(view, 'idNumber')?.differs).toBe(true);
  });

  test('“all agree” is only said when every field was read in both places; else it says how many were not (R14)', () => {
    const all = { name: '张三丰', sex: '女', ethnicity: '汉', birthDate: '1949-12-31', address: '某市某路1号', idNumber: NUMBER };
    const back = { authority: '某公安局', validFrom: '2016-01-01', validTo: 'long-term' };
    const uploads: CaseView['documents'] = [{ documentId: id(2), side: 'portrait', width: 1600, height: 1000, figures: null, findings: [], reading: reading('portrait', all) }, { documentId: id(3), side: 'emblem', width: 1600, height: 1000, figures: null, findings: [], reading: reading('emblem', back) }];
    const session = (photos: PhotoView[]) => ({ photos, missing: [] } as unknown as CaseView['session']);
    const verdict = (view: CaseView) => compareVerdict(compareRows(view));
    const photos = [photo(4, { reading: reading('portrait', all) }), photo(5, { kind: 'emblemSide', reading: reading('emblem', back) })];
    expect(verdict(makeCase({ documents: uploads, session: session(photos) }))).toMatchObject({ agrees: true });
    const none = { noPhoto: 0, reading: 0, unread: 0 };
    expect(verdict(makeCase({ documents: uploads }))).toEqual({ differs: 0, upload: none, call: { ...none, noPhoto: 9 }, noForm: false, agrees: false });
    expect(verdict(makeCase({ documents: uploads, session: session([photos[0]!]) }))).toMatchObject({ call: { noPhoto: 3 }, agrees: false });
    expect(verdict(makeCase({ documents: uploads, form: null }))).toMatchObject({ noForm: true, agrees: false });
  });

  test('what was not photographed yet is not called unread, nor what is still being read (R14, R20)', () => {
    const portrait = photo(4, { reading: reading('portrait', { name: '张三丰' }) });
    const view = (photos: PhotoView[], missing: { code: string }[] = []) => makeCase({ session: { photos, missing } as unknown as CaseView['session'] });
    expect(row(view([]), 'name')?.lacks).toEqual({ upload: 'unread', call: 'noPhoto' });
    expect(row(makeCase({ documents: [] }), 'name')?.lacks).toEqual({ upload: 'noPhoto', call: 'noPhoto' });
    expect(row(view([portrait]), 'sex')?.lacks.call).toBe('unread');
    expect(row(view([portrait]), 'validTo')?.lacks.call).toBe('noPhoto');
    expect(row(view([photo(4, { reading: null })], [{ code: 'reading.portraitSide' }]), 'name')?.lacks.call).toBe('reading');
    const refused = photo(4, { reading: null, findings: [makeFinding('PHOTO_BLURRED')] });
    expect(row(view([refused], [{ code: 'photo.portraitSide' }]), 'name')?.lacks.call).toBe('unread');
    const t: Translate = (key, values) => WORDS[key][0].replace('{n}', String(values?.['n'] ?? '')) as string;
    expect(verdictWords(t, compareVerdict(compareRows(view([portrait])))).join()).toContain('现场照 3 项未拍,现场照 5 项未读出');
  });

  test('one finding of many fields is one line, and each field is named once (R14)', () => {
    const twice = (['name', 'sex'] as const).flatMap((field) => [makeFinding('FIELD_MISSING', { field, source: 'form', against: 'call' }), makeFinding('FIELD_MISSING', { field, source: 'upload', against: 'call' })]);
    expect(fieldNotes(compareRows(makeCase({ differences: [...twice, makeFinding('FIELD_DIFFERS', { field: 'name' })] })))).toEqual([{ code: 'FIELD_MISSING', severity: 'info', fields: ['name', 'sex'] }]);
  });

  test('before approve the agent reads what warns: unread fields, findings, earlier rejections, declarations (R14, R16)', () => {
    const t: Translate = (key, values) => Object.entries(values ?? {}).reduce((text, [name, value]) => text.replace(`{${name}}`, String(value)), WORDS[key][0] as string);
    const view = makeCase({
      warnings: [makeFinding('EARLIER_REJECTION', { said: '2026-03-01 P01 T0' })],
      declarations: { occupation: 'employee', education: 'bachelor', taxResidency: 'other', beneficialOwner: 'self', controller: 'self', markets: ['shanghai'], noBadRecord: false } as CaseView['declarations'],
    });
    const list = attentions(view, t, (text) => text.zh).join('\n');
    for (const words of ['现场照 9 项未拍', '曾被驳回 2026-03-01 P01 T0', '声明有记录', '其他国家/地区']) expect(list).toContain(words);
  });

  test('a card photo that the server does not accept is never shown as good (R21, R28)', () => {
    expect(verdictOf(photo(1, {}))).toBe('good');
    expect(verdictOf(photo(1, {}), [{ code: 'photo.portraitSide' }])).toBe('refused');
    expect(verdictOf(photo(1, {}), [{ code: 'reading.portraitSide' }])).toBe('reading');
    expect(verdictOf(photo(1, {}), [{ code: 'photo.emblemSide' }])).toBe('good');
  });

  test('a photo on whose reading a person may decide is to be checked, not to be taken again; one of its picture is (R14, R21)', () => {
    const with_ = (findings: Finding[], picture: Finding[] = []) => photo(1, { findings: picture, reading: { ...reading('portrait', {}), findings } });
    const missing = [{ code: 'photo.portraitSide' }];
    const unread = makeFinding('ID_NUMBER_NOT_READ', { field: 'idNumber' });
    expect(verdictOf(with_([unread]), missing)).toBe('check');
    expect(WORDS['photo.check'][0]).toBe('需人工核对');
    expect(verdictOf(with_([unread], [makeFinding('PHOTO_GLARE')]), missing)).toBe('refused');
    expect(verdictOf(with_([unread, makeFinding('SIDE_WRONG')]), missing)).toBe('refused');
    // Decided on, it no longer blocks.
    expect(verdictOf(with_([{ ...unread, blocks: false, severity: 'warning' }]))).toBe('warned');
  });

  test('a difference in spaces alone is named but not marked (R14)', () => {
    const view = makeCase({ differences: [makeFinding('FIELD_DIFFERS_IN_FORM_ONLY', { field: 'address' })] });
    expect(row(view, 'address')).toMatchObject({ differs: false, findings: [{ code: 'FIELD_DIFFERS_IN_FORM_ONLY' }] });
  });

  test('the number that was read is masked like the form until it is uncovered (R43)', () => {
    expect(row(makeCase(), 'idNumber')).toMatchObject({ form: '110105********002X', upload: '110105********002X', differs: false });
    expect(row(makeCase(), 'idNumber', NUMBER)).toMatchObject({ form: NUMBER, upload: NUMBER, differs: false });
    expect(JSON.stringify(compareRows(makeCase()))).not.toContain(NUMBER);
  });

  test('a number of another length is masked as well (R43)', () => {
    expect(maskLike('1101051949123100', '110105********002X')).toBe('1101********3100');
    expect(maskLike('12345', '110105********002X')).toBe('*****');
  });

  test('a retake stands for the photos before it (R20)', () => {
    const latest = latestPhotos([photo(2, { reading: reading('portrait', { name: '乙' }) }), photo(1, {}), photo(3, { kind: 'face' })]);
    expect(latest.portraitSide?.photoId).toBe(id(2));
    expect(latest.face?.photoId).toBe(id(3));
    expect(latest.emblemSide).toBeUndefined();
  });

  test('the characters that differ are marked, no others', () => {
    expect(markDifferences('文三路478号', '文三路四七八号')).toEqual([{ text: '文三路', differs: false }, { text: '四七八', differs: true }, { text: '号', differs: false }]);
    expect(markDifferences('同样', '同样')).toEqual([{ text: '同样', differs: false }]);
    expect(markDifferences('', '新')).toEqual([{ text: '新', differs: true }]);
  });

  test('full-width digits are the same digits', () => {
    expect(sameValue('address', '文三路４７８号', '文三路478号')).toBe(true);
  });
});

describe('every finding stands beside the part of the picture that it speaks of', () => {
  const box = { x: 0.4, y: 0.5, width: 0.2, height: 0.05 };
  const differs = makeFinding('FIELD_DIFFERS', { field: 'name', source: 'upload', against: 'call', evidence: { picture: 'upload.portrait', box }, againstEvidence: { picture: 'call.portraitSide', box } });
  const session = (photos: PhotoView[]): NonNullable<CaseView['session']> => ({
    sessionId: id(9), state: 'live', outcome: null, witnessName: '', witnessLicence: '', startedAt: null, endedAt: null, cue: 'turnLeft', ticks: [], answers: [], breaks: [], photos, recorderRunning: true, recordedOnce: true, missing: [], decision: null,
  });

  test('the gravest come first, each once, from uploads, call, comparison, police and what is known of the person (R14, R16, R21, R22)', () => {
    const view = makeCase({
      warnings: [makeFinding('EARLIER_REJECTION', { said: '2026-01-01 P01' }), makeFinding('POLICE_UNAVAILABLE')],
      differences: [differs, makeFinding('FIELD_MISSING', { field: 'authority' })],
      session: session([photo(1, { findings: [makeFinding('PHOTO_GLARE', { evidence: { picture: 'call.portraitSide' } })], reading: { ...reading('portrait', {}), findings: [makeFinding('FIELD_UNREADABLE', { field: 'name', evidence: { picture: 'call.portraitSide' } })] } })]),
    });
    expect(allFindings(view).map((f) => f.code)).toEqual(['POLICE_UNAVAILABLE', 'PHOTO_GLARE', 'EARLIER_REJECTION', 'FIELD_UNREADABLE', 'FIELD_DIFFERS', 'FIELD_MISSING']);
    expect(allFindings({ ...view, differences: [differs, { ...differs }] }).filter((f) => f.code === 'FIELD_DIFFERS')).toHaveLength(1);
  });
  test('what closes approve now comes first, and is what is counted: not what the catalogue says of its kind (R28)', () => {
    const view = makeCase({
      warnings: [makeFinding('POLICE_PENDING', { closesApprove: true })],
      documents: [{ documentId: id(2), side: 'portrait', width: 1600, height: 1000, figures: null, findings: [], reading: { ...reading('portrait', {}), findings: [makeFinding('ID_CHECK_CHARACTER_WRONG', { closesApprove: false, evidence: { picture: 'upload.portrait' } })] } }],
      differences: [makeFinding('FIELD_DIFFERS', { field: 'name', severity: 'serious', blocks: true, closesApprove: true })],
    });
    expect(allFindings(view).map((f) => f.code)).toEqual(['POLICE_PENDING', 'FIELD_DIFFERS', 'ID_CHECK_CHARACTER_WRONG']);
    expect(findingCounts(view)).toEqual({ blocking: 2, attend: 3 });
    expect(findingCounts(makeCase({ documents: view.documents }))).toEqual({ blocking: 0, attend: 1 });
  });
  test('what a person has decided on is named before approve, with its field (R14)', () => {
    const decision = { by: '张敏', at: '2026-03-10T02:00:00.000Z', reason: '逐字核对' };
    const t: Translate = (key) => WORDS[key][0] as string;
    const view = makeCase({ differences: [makeFinding('FIELD_DIFFERS', { field: 'validTo', blocks: false, decision })] });
    expect(attentions(view, t, (text) => text.zh).join()).toContain(`由见证人员核对：${WORDS['field.validTo'][0]}`);
  });
  test('the picture is the one that was read: the phone’s still where that was read, with its own size', () => {
    const still = { width: 3000, height: 2000, fits: true };
    const view = makeCase({ session: session([photo(1, { still, readFrom: 'still' })]) });
    expect(pictureOf(view, { picture: 'call.portraitSide' })).toMatchObject({ width: 3000, height: 2000, src: expect.stringMatching(/still$/) });
    expect(pictureOf(makeCase({ session: session([photo(1, { still, readFrom: 'record' })]) }), { picture: 'call.portraitSide' })).toMatchObject({ width: 1280, height: 720, src: expect.stringMatching(/record$/) });
    // What was judged of the picture itself lies on the photo of record, whichever was read.
    expect(pictureOf(view, { picture: 'call.portraitSide', record: true })).toMatchObject({ width: 1280, height: 720, src: expect.stringMatching(/record$/) });
    expect(pictureOf(makeCase({ session: session([photo(1, { readFrom: 'burst' })]) }), { picture: 'call.portraitSide', record: true })?.src).toMatch(/record$/);
    expect(pictureOf(view, { picture: 'upload.portrait' })).toMatchObject({ width: 1600, height: 1000 });
    expect(pictureOf(view, { picture: 'upload.emblem' })).toBeUndefined();
  });
  test('beside a live face stands the one that it was compared with, cut out of the card by its design (R17)', () => {
    // The card fills the picture from 10 % to 90 % of its width, once upright and once turned by 90°: 856 × 540 units.
    const placed = (left: number, top: number, width: number, height: number) => ({ x: 0.1 + (0.8 * left) / 856, y: 0.1 + (0.8 * top) / 540, width: (0.8 * width) / 856, height: (0.8 * height) / 540 });
    const turnedBox = ({ x, y, width, height }: ReturnType<typeof placed>) => ({ x: 1 - y - height, y: x, width: height, height: width });
    const boxes = { sex: placed(156, 132, 32, 32), idNumber: placed(286, 446, 440, 40) };
    const read = (turn: boolean): DocumentReading => ({ side: 'portrait', findings: [], fields: Object.fromEntries(Object.entries(boxes).map(([field, at]) => [field, { text: '', confidence: 1, box: turn ? turnedBox(at) : at }])) });
    const head = placed(585, 80, 184, 215);
    for (const [size, turn] of [[{ width: 1070, height: 675 }, false], [{ width: 675, height: 1070 }, true]] as const) {
      const found = portraitBox(read(turn), size)!;
      const wanted = turn ? turnedBox(head) : head;
      expect(found.x).toBeLessThan(wanted.x);
      expect(found.y).toBeLessThan(wanted.y);
      expect(found.x + found.width).toBeGreaterThan(wanted.x + wanted.width);
      expect(found.y + found.height).toBeGreaterThan(wanted.y + wanted.height);
      expect(found.width * found.height).toBeLessThan(2.5 * wanted.width * wanted.height);
    }
    expect(portraitBox(reading('portrait', { sex: '女' }), { width: 1, height: 1 })).toBeUndefined();
    const face = { width: 1280, height: 720, faces: 1, consent: true, findings: [makeFinding('FACE_SIMILARITY', { said: '0.62', source: 'call', against: 'card', evidence: { picture: 'call.face', box } }), makeFinding('FACE_SIMILARITY_LOW', { said: '0.2', against: 'upload' }), makeFinding('FACE_TURNED')] };
    const view = makeCase({ session: session([photo(1, { kind: 'face', face }), photo(2, { reading: read(false) })]) });
    const shown = allFindings(view).filter(({ code }) => code.startsWith('FACE')).map((f) => [f.code, f.evidence?.picture, f.againstEvidence?.picture]);
    expect(shown).toEqual(expect.arrayContaining([['FACE_SIMILARITY', 'call.face', 'call.portraitSide'], ['FACE_SIMILARITY_LOW', 'call.face', 'upload.portrait'], ['FACE_TURNED', 'call.face', undefined]]));
    expect(allFindings(view).find(({ code }) => code === 'FACE_SIMILARITY')?.againstEvidence?.box).toBeDefined();
  });
  test('the crop holds the whole field with a margin and never leaves the picture', () => {
    const crop = cropOf(box);
    expect(crop.x).toBeLessThan(box.x);
    expect(crop.x + crop.width).toBeGreaterThan(box.x + box.width);
    const edge = cropOf({ x: 0, y: 0.98, width: 1, height: 0.02 });
    expect([edge.x, edge.y + edge.height]).toEqual([0, 1]);
    expect(cropOf(undefined)).toEqual({ x: 0, y: 0, width: 1, height: 1 });
    // A frame of the crop's size, in which the picture is so placed, shows exactly the crop.
    const place = placement({ x: 0.25, y: 0.5, width: 0.5, height: 0.25 });
    expect(place).toEqual({ width: '200%', transform: 'translate(-25%, -50%)' });
  });
});
