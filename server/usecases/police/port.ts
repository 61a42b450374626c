import { z } from 'zod';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import { askPatiently, PATIENCE, postJson } from '../outside.ts';
import type { Patience } from '../outside.ts';

export interface PoliceRequest {
  readonly reference: string;
  readonly name: string;
  readonly idNumber: string;
  /** The live face, PNG or JPEG; only with the client's consent to face matching (R17). */
  readonly face?: Buffer;
}

/** The police check (公安联网核查). Never throws: what gives no answer in time or in form is `unavailable`, never a mismatch (R22). */
export interface PolicePort { ask(request: PoliceRequest): Promise<{ answer: PoliceAnswer; attempts: number }> }

/** The service's own words for its answers. */
const WORDS = {
  match: 'match', nameMismatch: 'name_mismatch', photoMismatch: 'photo_mismatch', badImage: 'bad_image', noPhoto: 'no_photo', noRecord: 'no_record', unavailable: 'unavailable',
} as const satisfies Record<string, PoliceAnswer>;
const said = z.object({ answer: z.enum(Object.keys(WORDS) as [keyof typeof WORDS, ...(keyof typeof WORDS)[]]) });

/** Over HTTP; without an address the check is not connected, and every answer is `unavailable`. */
export function createPolice(url: string | undefined, patience: Patience = PATIENCE): PolicePort {
  return {
    async ask({ reference, name, idNumber, face }) {
      if (url === undefined) return { answer: 'unavailable', attempts: 0 };
      const body = { reference, name, idNumber, ...(face === undefined ? {} : { face: face.toString('base64') }) };
      const { answer, attempts } = await askPatiently<PoliceAnswer>(patience, (signal) => postJson(`${url}/identity-checks`, body, (value) => {
        const word = WORDS[said.parse(value).answer];
        return word === 'unavailable' ? 'again' : { answer: word };
      }, signal));
      return { answer: answer ?? 'unavailable', attempts };
    },
  };
}
