import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../../contracts/errors.ts';

/** How often something may be tried. */
export interface Limit {
  /** Takes one try of this number, name or address. @throws AppError TOO_MANY_TRIES with the seconds to wait */
  take(key: string): Promise<void>;
  /** Gives the tries back. */
  reset(key: string): Promise<void>;
}

/** Counted in Redis over all processes; while Redis is away, in this process. */
export function createLimit(redis: Redis, name: string, points: number, seconds: number): Limit {
  const here = new RateLimiterMemory({ points, duration: seconds });
  // Without the second setting a command would wait for Redis to come back, and the log-in with it.
  const limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix: `limit-${name}`, points, duration: seconds, rejectIfRedisNotReady: true, insuranceLimiter: here });
  // Keys hold hashes: neither numbers nor addresses stand in Redis.
  const hidden = (key: string): string => createHash('sha256').update(`${name}\0${key}`).digest('base64url');
  return {
    async take(key) {
      try {
        await limiter.consume(hidden(key));
      } catch (error) {
        if (error instanceof RateLimiterRes) throw new AppError('TOO_MANY_TRIES', { retryAfterSeconds: Math.max(1, Math.ceil(error.msBeforeNext / 1000)) });
        throw error;
      }
    },
    async reset(key) {
      await here.delete(hidden(key));
      if (redis.status === 'ready') await limiter.delete(hidden(key));
    },
  };
}

/** The limits in force; figures are settings. */
export interface LimitFigures {
  readonly codesPerNumberPerHour: number;
  readonly codesPerAddressPerHour: number;
  readonly loginsPerAddressPerQuarter: number;
  readonly staffTriesPerNamePerQuarter: number;
  readonly staffTriesPerAddressPerQuarter: number;
  /** Seconds before a number gets another code. */
  readonly resendSeconds: number;
}
export const LIMITS: LimitFigures = {
  codesPerNumberPerHour: 10, codesPerAddressPerHour: 200, loginsPerAddressPerQuarter: 300,
  staffTriesPerNamePerQuarter: 10, staffTriesPerAddressPerQuarter: 100, resendSeconds: 60,
};

export interface Limits {
  readonly resend: Limit;
  readonly codesPerNumber: Limit;
  readonly codesPerAddress: Limit;
  readonly loginsPerAddress: Limit;
  readonly staffPerName: Limit;
  readonly staffPerAddress: Limit;
}

export function createLimits(redis: Redis, figures: LimitFigures = LIMITS): Limits {
  return {
    resend: createLimit(redis, 'resend', 1, figures.resendSeconds),
    codesPerNumber: createLimit(redis, 'codes-number', figures.codesPerNumberPerHour, 3600),
    codesPerAddress: createLimit(redis, 'codes-address', figures.codesPerAddressPerHour, 3600),
    loginsPerAddress: createLimit(redis, 'logins-address', figures.loginsPerAddressPerQuarter, 900),
    staffPerName: createLimit(redis, 'staff-name', figures.staffTriesPerNamePerQuarter, 900),
    staffPerAddress: createLimit(redis, 'staff-address', figures.staffTriesPerAddressPerQuarter, 900),
  };
}
