import type { DocumentSide } from '../../contracts/http/common.ts';
import type { PhotoKind } from '../../contracts/script.ts';
import type { Reader } from '../../review/checks/index.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import type { OutsidePort } from '../../workflows/accounts/ports.ts';
import type { Config } from '../platform/config.ts';
import type { Services } from '../usecases/services.ts';

/** The side of the card that a photo of the call shows. */
const SIDES: Readonly<Record<string, DocumentSide | undefined>> = { portraitSide: 'portrait', emblemSide: 'emblem' };

/** The processes of review/checks behind the use cases' ports. */
export function pictureService(reader: Reader): Pick<Services, 'reader' | 'capture'> {
  return {
    reader: {
      read: (image, options) => reader.read(image, options),
      judge: (image, options) => reader.judge(image, options),
      face: (request) => reader.face(request),
      backgrounds: (pair) => reader.backgrounds(pair),
      inspect: (bytes, options) => reader.inspect(bytes, options),
    },
    capture: {
      judge: ({ kind, image, background }) => reader.judge(image, { kind: kind as PhotoKind, expect: SIDES[kind], background }),
      align: (record, still, options) => reader.align(record, still, options),
      compare: (photo, recorded) => reader.sameFrame(photo, recorded),
    },
  };
}

/** An outside system that is not connected answers nobody: the steps that need it wait. */
const NOWHERE = 'http://127.0.0.1:9';

/** The outside systems' addresses and the batch's client for them. */
export function outsidePorts(config: Config): { accounts: OutsidePort; core: string; ca: string; sms: string } {
  const { depository, core, bank, ca, sms } = config.outside;
  return {
    accounts: createOutside({ depositoryUrl: depository ?? NOWHERE, coreUrl: core ?? NOWHERE, bankUrl: bank ?? NOWHERE }),
    core: core ?? NOWHERE, ca: ca ?? NOWHERE, sms: sms ?? NOWHERE,
  };
}
