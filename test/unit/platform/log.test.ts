import { describe, expect, test } from '@jest/globals';
import { createLog } from '../../../server/platform/log.ts';

const written = (work: (log: ReturnType<typeof createLog>) => void): string[] => {
  const lines: string[] = [];
  work(createLog({ destination: { write: (line: string) => void lines.push(line) } }));
  return lines;
};

describe('the log', () => {
  test('is one JSON object a line, with time, level, ids and codes', () => {
    const [line] = written((log) => log.info({ session: 's-1', code: 'RECORDING_MISSING' }, 'approval refused'));
    expect(JSON.parse(line!)).toMatchObject({ level: 'info', session: 's-1', code: 'RECORDING_MISSING', msg: 'approval refused' });
  });

  test('an object logged whole by mistake shows no personal data (R43)', () => {
    const form = { idNumber: '11010519491231002X', phone: '13800000000', fullName: '王小明', nested: { deeper: { phone: '13800000001' } } };
    const [line] = written((log) => log.warn({ form, application: { client: form }, ...form }, 'form refused'));
    for (const secret of ['11010519491231002X', '13800000000', '13800000001', '王小明']) expect(line).not.toContain(secret);
  });

  test('an ID number or mobile number inside a text is masked, whatever its field is called (R43)', () => {
    const [line] = written((log) => log.child({ from: '13800000000' }).info({ reason: 'no record of 11010519491231002X' }, 'sent to 13800000001'));
    for (const secret of ['11010519491231002X', '13800000000', '13800000001']) expect(line).not.toContain(secret);
  });

  test("a database's error text, which quotes the refused row, is left out (R43)", () => {
    const error = Object.assign(new Error('Key (phone)=(13800000000) already exists'), { name: 'PrismaError', code: '23505', detail: 'Key (phone)=(13800000000)' });
    const [line] = written((log) => log.error({ err: error }, 'insert failed'));
    expect(line).not.toContain('13800000000');
    expect(JSON.parse(line!).err).toMatchObject({ type: 'PrismaError', code: '23505' });
  });

  test('our own programming errors keep their text', () => {
    const [line] = written((log) => log.error({ err: new TypeError('x is not a function') }, 'broken'));
    expect(JSON.parse(line!).err.message).toBe('x is not a function');
  });
});
