import { call } from './call.ts';
import { caseWords } from './case.ts';
import { common } from './common.ts';
import { desk } from './desk.ts';
import { findingWords } from './findings.ts';
import { retentionWords } from './retention.ts';
import { review } from './review.ts';

/** Every word of the console: key → [Chinese, English]. */
export const WORDS = { ...common, ...desk, ...call, ...caseWords, ...findingWords, ...retentionWords, ...review } as const;
export type WordKey = keyof typeof WORDS;

/** The key of a value that comes from the server as a plain string (police answer, decision…); undefined when unknown. */
export const keyOf = (prefix: string, value: string): WordKey | undefined => {
  const key = `${prefix}.${value}`;
  return key in WORDS ? (key as WordKey) : undefined;
};
