import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { documentSide, language } from '../../contracts/http/common.ts';
import { rating, riskClass } from '../../contracts/http/client.ts';
import { decideReview } from '../../contracts/http/staff.ts';
import { policeAnswer } from '../../contracts/police.ts';
import { photoKind, scriptAnswer } from '../../contracts/script.ts';
import { accountState, accountStep, applicationState, sessionOutcome, sessionState } from '../../contracts/states/index.ts';
import { createTestDatabase } from '../support/services/index.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

test.each([
  ['application_state_check', applicationState.options], ['application_language_check', language.options], ['application_risk_check', riskClass.options],
  ['witness_session_state_check', sessionState.options], ['witness_session_outcome_check', sessionOutcome.options],
  ['account_step_state_check', accountState.options], ['account_step_step_check', accountStep.options],
  ['document_side_check', documentSide.options], ['photo_kind_check', photoKind.options], ['script_tick_answer_check', scriptAnswer.options],
  ['review_decision_check', decideReview.options.map((one) => one.shape.decision.value)], ['police_check_answer_check', policeAnswer.options], ['rating_score_check', rating.shape.score.options],
])('the database takes exactly the words of the contract: %s', async (constraint, words) => {
  const { rows } = await client.query<{ text: string }>('SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = $1', [constraint]);
  const taken = [...rows[0]!.text.matchAll(/'([^']+)'::text/g)].map(([, word]) => word).filter((word) => !(constraint === 'witness_session_outcome_check' && word === 'closed'));
  expect([...new Set(taken)].sort()).toEqual([...words].sort());
});
