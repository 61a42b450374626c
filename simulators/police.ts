import { z } from 'zod';
import { policeAnswer } from '../contracts/police.ts';
import type { ListenerOptions, Routes } from './http.ts';

const check = z.object({
  reference: z.string().optional(), name: z.string().min(1), idNumber: z.string().length(18),
  /** JPEG or PNG, base64; absent when the client refused face matching (R17). */
  face: z.string().optional(),
});

/** The police ID check (公安联网核查): an answer of its own for each case (R22); switches give the answers other than a match. */
export const policeRoutes = (): Routes => ({
  'POST /identity-checks': ({ body }) => {
    const request = check.parse(body);
    if (!hasCheckCharacter(request.idNumber)) return { answer: 'noRecord' };
    if (request.face !== undefined && !isPicture(Buffer.from(request.face, 'base64'))) return { answer: 'badImage' };
    return { answer: 'match' };
  },
});

/** What can only be said of a picture; asked without one, name and number simply agree. */
const ABOUT_THE_PICTURE: readonly string[] = ['photoMismatch', 'badImage', 'noPhoto'];

/** A switched answer, for a person or for all; one about the picture is given only where a picture was sent. */
export const policeErrorCode: ListenerOptions['onErrorCode'] = (code, body) => {
  const answer = policeAnswer.parse(code);
  return { answer: ABOUT_THE_PICTURE.includes(answer) && check.parse(body).face === undefined ? 'match' : answer };
};

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const hasCheckCharacter = (number: string): boolean =>
  /^\d{17}[\dX]$/.test(number) && '10X98765432'[WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(number[i]), 0) % 11] === number[17];

const isPicture = (bytes: Buffer): boolean => bytes.length > 100 && ((bytes[0] === 0xff && bytes[1] === 0xd8) || bytes.subarray(1, 4).toString('latin1') === 'PNG');
