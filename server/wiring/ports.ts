import type { PhotoKind } from '../../contracts/script.ts';
import { alignStill, judgePhoto } from '../../review/capture/index.ts';
import { createOutside } from '../../workflows/accounts/outside.ts';
import type { OutsidePort } from '../../workflows/accounts/ports.ts';
import type { Config } from '../platform/config.ts';
import type { CapturePort } from '../usecases/services.ts';

/** review/capture behind the use cases' port. */
export const capturePort: CapturePort = {
  judge: ({ kind, image }) => judgePhoto({ kind: kind as PhotoKind, image }),
  align: alignStill,
};

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
