import { describe, expect, test } from '@jest/globals';
import { isAway } from '../../server/database/away.ts';

const error = (fields: object): Error => Object.assign(new Error('x'), fields);

describe('what says that the database cannot be reached now, so that the same again may succeed', () => {
  test.each([
    ['connection exceptions (08…)', { code: '08006' }],
    ['shut down or starting (57P01–57P03)', { code: '57P03' }],
    ['no connection is free (53300)', { code: '53300' }],
    ['refused by the network', { code: 'ECONNREFUSED' }],
    ['the socket file is not there', { code: 'ENOENT', syscall: 'connect' }],
    ['Prisma’s own name for it', { code: 'P1001' }],
    ['a transaction that could not begin', { code: 'P2028', message: 'Transaction API error: Unable to start a transaction in the given time.' }],
    ['wrapped by Prisma and its adapter', { code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01', kind: 'postgres' } } } }],
    ['one of several addresses tried', { errors: [error({ code: 'ECONNREFUSED' })] }],
    ['words without a code', { message: 'Connection terminated unexpectedly' }],
  ])('%s', (_, fields) => { expect(isAway(error(fields))).toBe(true); });

  test.each([
    ['a row that is there already', error({ code: 'P2002', meta: { driverAdapterError: { cause: { originalCode: '23505' } } } })],
    ['a row that is not there', error({ code: 'P2025' })],
    ['a file that is not there', error({ code: 'ENOENT', syscall: 'open' })],
    ['a transaction that ran out of its time', error({ code: 'P2028', message: 'Transaction API error: Transaction already closed: A commit cannot be executed on an expired transaction.' })],
    ['a privilege that is missing', error({ code: '42501' })],
    ['a program’s fault', new TypeError('undefined is not a function')],
    ['nothing', undefined],
  ])('and what comes back however often it is tried: %s', (_, one) => { expect(isAway(one)).toBe(false); });
});
