import type { Redis } from 'ioredis';
import { createLine } from '../../workflows/waiting/line.ts';
import type { Line } from '../../workflows/waiting/line.ts';
import type { Log } from '../platform/log.ts';
import { losePlace } from '../usecases/call/joinline.ts';
import { makeOffer, withdrawOffer } from '../usecases/call/offers.ts';
import { tellSeat } from '../usecases/call/seat.ts';
import type { Services } from '../usecases/services.ts';

/** The line, which tells the use cases what it drew; `tie.services` is filled in before the first fact. */
export function openLine(redis: Redis, log: Log, tie: { services?: Services; placesChanged: () => void }): Promise<Line> {
  const withServices = <T>(work: (services: Services) => Promise<T>): Promise<T> => {
    if (!tie.services) throw new Error('the line spoke before the program was ready');
    return work(tie.services);
  };
  return createLine({
    redis,
    held: () => tie.services?.space?.held() ?? null,
    prefix: `line-${redis.options.db ?? 0}`,
    observer: {
      offered: (offer) => withServices((services) => makeOffer(services, offer)),
      offerGone: (offer) => withServices((services) => withdrawOffer(services, offer)),
      placeLost: ({ applicationId }) => withServices((services) => losePlace(services, applicationId)),
      seatLost: ({ staffId }) => withServices((services) => tellSeat(services, staffId)),
      placesChanged: () => tie.placesChanged(),
      failed: (error) => log.error({ err: error }, 'line'),
    },
  });
}
