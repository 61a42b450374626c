import { createHmac } from 'node:crypto';
import { Secret } from 'otpauth';
import type { StaffRole } from '../../contracts/http/common.ts';
import { newId } from '../database/crypto.ts';
import type { FieldCipher } from '../database/crypto.ts';
import type { Database } from '../database/index.ts';
import { hashPassword, totpPlace } from './staff.ts';

export interface DemoLogin { readonly staffId: string; readonly username: string; readonly name: string; readonly roles: readonly StaffRole[]; readonly password: string; readonly totpSecret: string }

/** Invented people; they exist with DEMO=1 only. */
const PEOPLE: readonly { username: string; name: string; licence: string | null; roles: readonly StaffRole[] }[] = [
  { username: 'w1', name: '张敏', licence: 'S1234560000001', roles: ['witness'] },
  { username: 'w2', name: '李强', licence: 'S1234560000002', roles: ['witness', 'reviewer'] },
  { username: 'r1', name: '王芳', licence: null, roles: ['reviewer'] },
  { username: 'l1', name: '赵磊', licence: null, roles: ['lead'] },
  { username: 'i1', name: '陈静', licence: null, roles: ['inspector'] },
  { username: 'a1', name: '刘洋', licence: null, roles: ['auditor'] },
  { username: 'c1', name: '周宁', licence: null, roles: ['compliance'] },
  { username: 'admin', name: '管理员', licence: null, roles: ['admin'] },
];

/**
 * Makes the demo's staff, or finds them. Passwords and TOTP secrets follow from `seed` (kept beside the data), so that a
 * second start prints the same ones; nothing of them is stored in clear.
 */
export async function seedDemoStaff(prisma: Database, cipher: FieldCipher, seed: Buffer, now: Date = new Date()): Promise<DemoLogin[]> {
  const logins: DemoLogin[] = [];
  for (const person of PEOPLE) {
    const secret = derive(seed, `totp:${person.username}`).subarray(0, 20);
    const password = derive(seed, `password:${person.username}`).toString('base64url').slice(0, 12);
    const totpSecret = new Secret({ buffer: new Uint8Array(secret).buffer }).base32;
    const known = await prisma.staff.findUnique({ where: { username: person.username } });
    const id = known?.id ?? newId();
    // A demo that was left alone for a year is still a demo: its qualifications are always good.
    const until = new Date(Date.UTC(now.getUTCFullYear() + 1, now.getUTCMonth(), now.getUTCDate()));
    const dates = { qualifiedUntil: until, trainedUntil: until };
    if (known === null) {
      await prisma.staff.create({
        data: {
          id, username: person.username, name: person.name, licence: person.licence, roles: [...person.roles], ...dates,
          passwordHash: await hashPassword(password), totpSecretEnc: await cipher.seal(totpPlace(id), totpSecret),
        },
      });
    } else await prisma.staff.update({ where: { id }, data: dates });
    logins.push({ staffId: id, username: person.username, name: person.name, roles: person.roles, password, totpSecret });
  }
  return logins;
}

const derive = (seed: Buffer, purpose: string): Buffer => createHmac('sha256', seed).update(`demo-staff\0${purpose}`).digest();
