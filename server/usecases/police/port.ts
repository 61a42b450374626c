import { z } from 'zod';
import { policeAnswer } from '../../../contracts/police.ts';
import type { PoliceAnswer } from '../../../contracts/police.ts';
import type { Log } from '../../platform/log.ts';
import { askPatiently, faultLog, PATIENCE, postJson } from '../outside.ts';
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

/** The service's own words for its answers are the contract's. */
const said = z.object({ answer: policeAnswer });

/** Over HTTP; without an address the check is not connected, and every answer is `unavailable`. */
export function createPolice(url: string | undefined, log: Pick<Log, 'warn'>, patience: Patience = PATIENCE): PolicePort {
  const onFault = faultLog(log, 'police');
  return {
    async ask({ reference, name, idNumber, face }) {
      if (url === undefined) return { answer: 'unavailable', attempts: 0 };
      const body = { reference, name, idNumber, ...(face === undefined ? {} : { face: face.toString('base64') }) };
      const { answer, attempts } = await askPatiently<PoliceAnswer>(patience, (signal) => postJson(`${url}/identity-checks`, body, {
        signal, onFault,
        parse: (value) => {
          const { answer: word } = said.parse(value);
          return word === 'unavailable' ? 'again' : { answer: word };
        },
      }));
      return { answer: answer ?? 'unavailable', attempts };
    },
  };
}
